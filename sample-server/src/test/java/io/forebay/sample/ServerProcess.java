package io.forebay.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program as a process of its own; closing it leaves none behind. */
final class ServerProcess implements AutoCloseable {
    private static final String LISTENING = "listening on ";

    private final Process process;
    private final BufferedReader out;
    private final Path complaints;
    private final URI url;

    private ServerProcess(Process process, Path complaints) throws IOException {
        this.process = process;
        this.complaints = complaints;
        out = process.inputReader();
        String line = out.readLine();
        if (line == null || !line.startsWith(LISTENING)) {
            process.destroyForcibly();
            throw new IllegalStateException("not where it listens: " + line + "; " + Files.readString(complaints));
        }
        url = URI.create(line.substring(LISTENING.length()));
    }

    /**
     * Returns once it listens.
     *
     * @param complaints what it writes to its error stream goes there
     * @param jvm options of the JVM
     */
    static ServerProcess start(Path complaints, List<String> jvm, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SampleServer.class.getName()));
        command.addAll(List.of(arguments));
        return new ServerProcess(
                new ProcessBuilder(command).redirectError(complaints.toFile()).start(), complaints);
    }

    URI url() {
        return url;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String complaints() throws IOException {
        return Files.readString(complaints);
    }

    /** Asks it to stop, and returns what it said until its end. */
    List<String> stop() throws InterruptedException {
        process.toHandle().destroy(); // as Process.destroy() does, but leaves the streams open
        List<String> lines = out.lines().toList();
        process.waitFor();
        return lines;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        out.close();
    }
}
