/** Real traffic through the allocator: every byte compared, every buffer accounted for at the end. */
@NullMarked
package io.forebay.netty.traffic;

import org.jspecify.annotations.NullMarked;
