/** JMH comparisons of Forebay's pool of items with other pools: one class per question. */
@NullMarked
package io.forebay.benchmarks.pool;

import org.jspecify.annotations.NullMarked;
