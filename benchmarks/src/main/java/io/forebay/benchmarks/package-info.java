/** JMH comparisons of Forebay with Netty's own allocators: one class per question. */
@NullMarked
package io.forebay.benchmarks;

import org.jspecify.annotations.NullMarked;
