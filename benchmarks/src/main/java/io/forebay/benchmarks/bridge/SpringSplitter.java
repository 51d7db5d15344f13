package io.forebay.benchmarks.bridge;

import java.util.ArrayList;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;

/** What lies between delimiters, as Spring's {@code StringDecoder} makes it of its matcher. */
final class SpringSplitter {
    private final DataBufferUtils.Matcher matcher;
    private final List<DataBuffer> begun = new ArrayList<>();

    SpringSplitter(byte[] delimiter) {
        matcher = DataBufferUtils.matcher(delimiter);
    }

    List<DataBuffer> split(DataBuffer buffer) {
        var pieces = new ArrayList<DataBuffer>();
        while (buffer.readableByteCount() > 0) {
            int end = matcher.match(buffer);
            if (end < 0) {
                begun.add(buffer);
                return pieces;
            }
            begun.add(buffer.split(end + 1));
            DataBuffer piece =
                    begun.size() == 1 ? begun.get(0) : buffer.factory().join(begun);
            piece.writePosition(piece.writePosition() - matcher.delimiter().length);
            pieces.add(piece);
            begun.clear();
        }
        DataBufferUtils.release(buffer);
        return pieces;
    }

    Flux<DataBuffer> rest() {
        if (begun.isEmpty()) {
            return Flux.empty();
        }
        DataBuffer rest = begun.get(0).factory().join(begun);
        begun.clear();
        return Flux.just(rest);
    }

    void release() {
        begun.forEach(DataBufferUtils::release);
        begun.clear();
    }
}
