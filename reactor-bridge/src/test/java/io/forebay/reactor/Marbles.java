package io.forebay.reactor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pictures of the Javadoc. A picture is lines of text, time going to the right: above the operator what comes in, below it
 * what comes out.
 *
 * <p>In a line, {@code -} is time passing; a run of other characters is an element, a cell for each byte; {@code (ab)} is one
 * that is closed; {@code <ab>} is something that is not bytes; {@code ^} is a request, {@code !} a cancel, {@code |} the end,
 * and {@code X} an error.
 */
final class Marbles {
    /** @param above lines, each a name, a colon and the line itself; so is {@code below} */
    private record Picture(List<String> above, String operator, List<String> below) {}

    private static final int CELL = 16;
    private static final int LEFT = 110; // room for the names of lines
    private static final int LINE = 44;
    private static final int MARGIN = 14;

    private static final Map<String, Picture> PICTURES = pictures();

    private Marbles() {}

    /** The pictures by name. */
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        PICTURES.forEach((name, picture) -> all.put(name, svg(picture)));
        return all;
    }

    private static Map<String, Picture> pictures() {
        Map<String, Picture> all = new LinkedHashMap<>();
        all.put("own", one("ByteBuf, lent:-ab----c----|", "own()", "Lease:-ab----c----|"));
        all.put("adopt", one("ByteBuf, given:-ab----c----|", "adopt()", "Lease:-ab----c----|"));
        all.put("detach", one("Lease:-ab----c----|", "detach()", "ByteBuf, given:-ab----c----|"));
        all.put(
                "consume",
                one("in:-ab------c------|", "consume(f)", "out:-<f(ab)>-<f(c)>--|", "closed:-(ab)----(c)-----"));
        all.put(
                "releaseOnDiscard",
                one("in:-ab----c----|", "filter(…) then releaseOnDiscard()", "out:-------c----|", "closed:-(ab)"));
        all.put("drainOnCancel", one("in:-ab----c---d---|", "drainOnCancel()", "out:-ab--!", "closed:-------(c)-(d)"));
        all.put("rechunk", one("in:-ab---c--def---|", "rechunk(2)", "out:-ab------cd-ef-|"));
        all.put("takeBytes", one("in:-abc---de----f-|", "takeBytes(4)", "out:-abc---d|", "closed:--------(e)"));
        all.put("skipBytes", one("in:-abc---de----f-|", "skipBytes(4)", "out:-------e-----f-|", "closed:-(abc)-(d)"));
        all.put("limitBytes", one("in:-abc---de----f-|", "limitBytes(4)", "out:-abc---X", "closed:-------(de)"));
        all.put("splitOn", one("in:-a,b---c,d-----|", "splitOn(',', 9)", "out:-a-----bc-----d|"));
        all.put("lines", one("in:-a↵b---c↵d-----|", "lines(9)", "out:-a-----bc-----d|"));
        all.put("linesAsString", one("in:-a↵b---c↵d-----|", "linesAsString(9, UTF_8)", "out:-<a>---<bc>---<d>|"));
        all.put("lengthPrefixed", one("in:-2a---b1c----|", "lengthPrefixed(1, 9)", "out:------ab-c---|"));
        all.put("prependLength", one("in:-ab----c----|", "prependLength(1)", "out:-2ab---1c---|"));
        all.put("aggregate", one("in:-ab---c---de--|", "aggregate(9)", "out:--------------abcde|"));
        all.put("asString", one("in:-a½----½b----|", "asString(UTF_8)", "out:-<a>---<éb>--|"));
        all.put("asByteArray", one("in:-ab-------c-----|", "asByteArray()", "out:-<[a,b]>--<[c]>|"));
        all.put("bufferBytes", one("in:-ab---cd---efg--|", "bufferBytes(4)", "out:------<ab,cd>---<efg>|"));
        all.put(
                "limitRateBytes",
                one(
                        "in:^-ab-^-cd-------^-ef-|",
                        "limitRateBytes(3)",
                        "out:--ab---cd---------ef-|",
                        "released:-----------(ab)-------"));
        all.put("multicast", one("in:-ab----cd---|", "multicast(2)", "first:-ab----cd---|", "second:-ab----cd---|"));
        all.put("progress", one("in:-ab----cde--|", "progress(listener)", "out:-ab----cde--|", "listener:-<2>---<5>"));
        all.put(
                "unicastSink",
                one(
                        "emitted:-ab---cd---ef-------|",
                        "LeaseSinks.unicast(3)",
                        "out:^ab-----------^cd---|",
                        "refused:-----------ef--------"));
        all.put("acquire", one("other lease:ab--------(ab)-----", "acquire(2)", "out:^-------------cd|"));
        all.put("acquireTimeout", one("other lease:ab---------------", "acquire(2, timeout)", "out:^-----------X"));
        all.put(
                "asFlux",
                one(
                        "emitted:-ab---cd---ef--------",
                        "asFlux()",
                        "out:^ab----------!",
                        "closed:--------------(cd)-(ef)"));
        all.put(
                "withBuffer",
                one(
                        "publisher:---<x>---<y>--|",
                        "withBuffer(2, buffer -> publisher)",
                        "out:^--<x>---<y>--|",
                        "buffer:-ab-----------(ab)"));
        all.put(
                "withBufferMono",
                one(
                        "publisher:---<x>|",
                        "withBufferMono(2, buffer -> publisher)",
                        "out:^--<x>|",
                        "buffer:-ab------(ab)"));
        all.put(
                "scopedMono",
                one(
                        "in:-ab---cd---|",
                        "scopedMono(scope -> … last())",
                        "out:-----------cd|",
                        "closed:--------------(ab)-(cd)"));
        all.put(
                "scoped",
                one(
                        "in:-ab---cd---|",
                        "scoped(scope -> … takeLast(1))",
                        "out:-----------cd|",
                        "closed:--------------(ab)-(cd)"));
        all.put("read", one("file:abcdefg", "read(…, 3, …)", "out:^-abc--^-def--^-g|"));
        all.put("readPart", one("file:abcdefg", "read(channel, 2, 4, …, 3, …)", "out:^-cde--^-f|"));
        all.put("readStream", one("stream:abcdefg", "read(…, 3, …)", "out:^-abc--^-de---^-fg--^-|"));
        all.put("toInputStream", one("in:^-ab---^-cde------|", "toInputStream(0)", "read(2):--<ab>--<cd>--<e>"));
        all.put("write", one("in:-ab----c-----|", "write(…)", "file:--ab----c-----", "out:--------------<3>|"));
        all.put(
                "writePositions",
                one("in:-ab----c-----|", "writePositions(…)", "file:--ab----c-----", "out:----<2>--<3>--|"));
        all.put(
                "writeAt",
                one(
                        "in:-ab----c-----|",
                        "write(channel, 4, …)",
                        "file, from 4:--ab----c-----",
                        "out:--------------<3>|"));
        all.put(
                "writePositionsFrom",
                one(
                        "in:-ab----c-----|",
                        "writePositions(channel, 4, …)",
                        "file, from 4:--ab----c-----",
                        "out:----<6>--<7>--|"));
        return all;
    }

    private static Picture one(String above, String operator, String... below) {
        return new Picture(List.of(above), operator, List.of(below));
    }

    private static String svg(Picture picture) {
        int columns = 0;
        for (String line : lines(picture)) {
            columns = Math.max(columns, line.length() - line.indexOf(':'));
        }
        int width = LEFT + (columns + 1) * CELL + MARGIN;
        int height = (lines(picture).size() + 1) * LINE + 2 * MARGIN;
        StringBuilder svg = new StringBuilder()
                .append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                        .formatted(width, height, width, height))
                .append("font-family=\"monospace\" font-size=\"13\">\n")
                .append("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        int y = MARGIN + LINE / 2;
        for (String line : picture.above()) {
            line(svg, line, y, width);
            y += LINE;
        }
        svg.append("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"30\" fill=\"#eef\" stroke=\"#447\"/>\n"
                .formatted(MARGIN, y - 15, width - 2 * MARGIN));
        text(svg, width / 2, y, "middle", picture.operator());
        for (String line : picture.below()) {
            y += LINE;
            line(svg, line, y, width);
        }
        return svg.append("</svg>\n").toString();
    }

    private static List<String> lines(Picture picture) {
        return java.util.stream.Stream.concat(picture.above().stream(), picture.below().stream())
                .toList();
    }

    private static void line(StringBuilder svg, String line, int y, int width) {
        int colon = line.indexOf(':');
        text(svg, MARGIN, y, "start", line.substring(0, colon));
        svg.append("<path d=\"M%d %dH%d\" stroke=\"#999\"/>\n".formatted(LEFT, y, width - MARGIN));
        String marks = line.substring(colon + 1);
        int at = 0;
        while (at < marks.length()) {
            at = mark(svg, marks, at, LEFT + at * CELL, y);
        }
    }

    /** Draws what begins at that place; where the next begins. */
    private static int mark(StringBuilder svg, String marks, int at, int x, int y) {
        int center = x + CELL / 2;
        switch (marks.charAt(at)) {
            case '-' -> {}
            case '|' -> path(svg, "M%d %dv24".formatted(center, y - 12), "#000");
            case 'X' -> path(svg, "M%d %dl14 14m0 -14l-14 14".formatted(center - 7, y - 7), "#c00");
            case '!' -> path(svg, "M%d %dl8 8m0 -8l-8 8m4 4v-20".formatted(center - 4, y - 4), "#c60");
            case '^' -> path(svg, "M%d %dv-22l-5 7m10 0l-5 -7".formatted(center, y + 11), "#06c");
            case '(' -> {
                int end = marks.indexOf(')', at);
                cells(svg, marks.substring(at + 1, end), x + CELL, y, "#fff", " stroke-dasharray=\"3 2\"");
                return end + 1;
            }
            case '<' -> {
                int end = marks.indexOf('>', at);
                String label = marks.substring(at + 1, end);
                svg.append(
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"24\" rx=\"12\" fill=\"#efe\" stroke=\"#474\"/>\n"
                                .formatted(x, y - 12, (label.length() + 2) * CELL));
                text(svg, x + (label.length() + 2) * CELL / 2, y, "middle", label);
                return end + 1;
            }
            default -> {
                int end = at;
                while (end < marks.length() && "-|X!^(<".indexOf(marks.charAt(end)) < 0) {
                    end++;
                }
                cells(svg, marks.substring(at, end), x, y, "#fed", "");
                return end;
            }
        }
        return at + 1;
    }

    private static void cells(StringBuilder svg, String bytes, int x, int y, String fill, String dashes) {
        svg.append("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"24\" fill=\"%s\" stroke=\"#744\"%s/>\n"
                .formatted(x, y - 12, bytes.length() * CELL, fill, dashes));
        for (int i = 0; i < bytes.length(); i++) {
            text(svg, x + i * CELL + CELL / 2, y, "middle", bytes.substring(i, i + 1));
        }
    }

    private static void path(StringBuilder svg, String path, String color) {
        svg.append("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n".formatted(path, color));
    }

    private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
        svg.append("<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n".formatted(x, y + 5, anchor, escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
