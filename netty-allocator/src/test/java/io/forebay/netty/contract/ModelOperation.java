package io.forebay.netty.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Something done to either side; the same random numbers make it the same on both. */
record ModelOperation(String name, Body body) {
    /** What the operation does; its result is compared with that of the other side. */
    interface Body {
        Object apply(ModelSide side, Random random) throws Exception;
    }

    static List<ModelOperation> all() {
        List<ModelOperation> all = new ArrayList<>();
        Stream.of(ModelIndexOperations.all(), ModelBulkOperations.all(), ModelViewOperations.all())
                .forEach(all::addAll);
        return List.copyOf(all);
    }

    /** The result, or the sort of exception. Where Netty's buffers differ among themselves, both are "refused". */
    Object perform(ModelSide side, long seed) {
        try {
            return body.apply(side, new Random(seed));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            return "refused";
        } catch (Exception e) {
            return e.getClass();
        }
    }
}
