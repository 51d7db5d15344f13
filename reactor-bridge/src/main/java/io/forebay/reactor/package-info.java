/** Buffers in Reactor pipelines that cannot leak, and waiting for memory by bytes. */
@NullMarked
package io.forebay.reactor;

import org.jspecify.annotations.NullMarked;
