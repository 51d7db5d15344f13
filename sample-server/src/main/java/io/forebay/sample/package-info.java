/** A Reactor Netty server on an allocator of choice. */
@NullMarked
package io.forebay.sample;

import org.jspecify.annotations.NullMarked;
