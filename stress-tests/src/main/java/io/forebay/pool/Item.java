package io.forebay.pool;

import org.jspecify.annotations.Nullable;

/** Something to hand over, with content in a plain field: whoever sees the item has to see the content. */
final class Item {
    static final int NONE = 0;

    /** Of an item that was seen before its content, or of a slot that was. */
    static final int BLANK = -1;

    private int content;

    static Item of(int content) {
        Item item = new Item();
        item.content = content;
        return item;
    }

    static int contentOf(@Nullable Object item) {
        if (item == null) {
            return NONE;
        }
        int content = ((Item) item).content;
        return content == 0 ? BLANK : content;
    }
}
