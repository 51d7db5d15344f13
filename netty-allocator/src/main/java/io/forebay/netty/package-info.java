/** A Netty {@code ByteBufAllocator} of whole pooled buffers. */
@NullMarked
package io.forebay.netty;

import org.jspecify.annotations.NullMarked;
