package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What an allocation and a release on an event loop mostly run through is so small that JDK 17's C2 compiles it into its
 * caller also where the profile has the call seldom made: {@code MaxInlineSize} is 35 bytes of code. Some
 * JVMs left larger ones out, which cost half as much again (benchmarks/docs/HISTORY.md).
 */
final class SmallMethodsTest {
    private static final int MAX_INLINE_SIZE = 35;

    private static final Pattern METHOD = Pattern.compile("^  \\S.* (\\w+)\\((.*)\\).*;$");
    private static final Pattern INSTRUCTION = Pattern.compile("^ +(\\d+): [a-z].*");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    io.forebay.netty.AllocatorBase    | directBuffer(int, int)
                    io.forebay.netty.AllocatorBase    | heapBuffer(int, int)
                    io.forebay.netty.AllocatorBase    | leakAware(io.forebay.netty.PooledBuf)
                    io.forebay.netty.ForebayAllocator | newDirectBuffer(int, int)
                    io.forebay.netty.ForebayAllocator | newHeapBuffer(int, int)
                    io.forebay.netty.BufferPools      | take(int)
                    io.forebay.netty.BufferPools      | takeAtHand(int)
                    io.forebay.netty.BufferPools      | takeFrom(io.forebay.pool.Slot<io.forebay.netty.PooledBuf>)
                    io.forebay.netty.SizeClasses      | isPooled(int)
                    io.forebay.netty.SizeClasses      | classOf(int)
                    io.forebay.netty.SlotTable        | find(int)
                    io.forebay.netty.SlotTable        | place(java.lang.Thread, int, int)
                    io.forebay.netty.PooledBuf        | handOut(int, int)
                    io.forebay.netty.PooledBuf        | becomeIdleAtHome()
                    io.forebay.netty.SingleValueBuf   | resetIndices()
                    io.forebay.netty.CountedByteBuf   | resetCount()
                    io.forebay.netty.CountedByteBuf   | release()
                    io.forebay.netty.HomedBuf         | becomeIdleIn(io.forebay.pool.Slot<io.forebay.netty.PooledBuf>)
                    io.forebay.pool.Slot              | isOwner()
                    io.forebay.pool.Slot              | pollPrivate()
                    io.forebay.pool.Slot              | put(T, int)
                    io.forebay.pool.Slot              | checkPut(T)
                    io.forebay.pool.PrivateStack      | pop()
                    io.forebay.pool.PrivateStack      | popFresh(long)
                    io.forebay.pool.PrivateStack      | countGet()
                    io.forebay.pool.PrivateStack      | push(java.lang.Object, int)
                    io.forebay.pool.PrivateStack      | isAt(java.lang.Object, int)
                    io.forebay.pool.PrivateStack      | pushBack(int)
                    """)
    void theCompilerTakesItIn(String className, String method) {
        assertThat(codeSizes(className)).containsKey(method);
        assertThat(codeSizes(className).get(method)).isLessThanOrEqualTo(MAX_INLINE_SIZE);
    }

    /** In bytes: the last instruction of a method is a return, or the like, which is one. */
    private static Map<String, Integer> codeSizes(String className) {
        StringWriter code = new StringWriter();
        PrintWriter out = new PrintWriter(code);
        int status = ToolProvider.findFirst("javap")
                .orElseThrow()
                .run(out, out, "-p", "-c", "-cp", System.getProperty("java.class.path"), className);
        assertThat(status).as(code.toString()).isZero();
        Map<String, Integer> sizes = new TreeMap<>();
        String method = "";
        for (String line : code.toString().lines().toList()) {
            Matcher head = METHOD.matcher(line);
            Matcher instruction = INSTRUCTION.matcher(line);
            if (head.matches()) {
                method = head.group(1) + "(" + head.group(2) + ")";
            } else if (line.matches("^  \\S.*;$")) {
                method = ""; // a constructor, or what the compiler made
            } else if (instruction.matches() && !method.isEmpty()) {
                sizes.put(method, Integer.parseInt(instruction.group(1)) + 1);
            }
        }
        return sizes;
    }
}
