/** The pool: whole objects, kept by processor, stolen when idle elsewhere, destroyed exactly once. */
@org.jspecify.annotations.NullMarked
module io.forebay.pool {
    requires java.management;
    requires static transitive org.jspecify;

    exports io.forebay.pool;
}
