package io.forebay.sample;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * What the program says to the person or script that started it; the only code that knows the process's streams.
 *
 * @param out for answers
 * @param err for complaints
 */
record Console(PrintStream out, PrintStream err) {
    static Console ofProcess() {
        return new Console(System.out, System.err);
    }

    /** One line of answer, written through at once. */
    void say(String line) {
        out.println(line);
        out.flush();
    }

    PrintWriter answers() {
        return new PrintWriter(out, /* autoFlush= */ true, StandardCharsets.UTF_8);
    }

    PrintWriter complaints() {
        return new PrintWriter(err, /* autoFlush= */ true, StandardCharsets.UTF_8);
    }
}
