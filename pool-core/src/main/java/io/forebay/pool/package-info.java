/** A pool of whole objects after Go's {@code sync.Pool}, with a destructor, bounds and a ledger. */
@NullMarked
package io.forebay.pool;

import org.jspecify.annotations.NullMarked;
