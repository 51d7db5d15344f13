@NullMarked
package io.forebay.benchmarks.pool;

import org.jspecify.annotations.NullMarked;
