@NullMarked
package io.forebay.benchmarks.bridge;

import org.jspecify.annotations.NullMarked;
