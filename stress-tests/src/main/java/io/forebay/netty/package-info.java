/** Races on the way home of buffers that other threads release. */
@NullMarked
package io.forebay.netty;

import org.jspecify.annotations.NullMarked;
