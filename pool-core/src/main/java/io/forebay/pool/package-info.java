/** A pool of whole objects after Go's {@code sync.Pool}, with a destructor, bounds and a ledger; and budgets in bytes. */
@NullMarked
package io.forebay.pool;

import org.jspecify.annotations.NullMarked;
