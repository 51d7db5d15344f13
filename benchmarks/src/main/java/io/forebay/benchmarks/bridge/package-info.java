/** The reactor-bridge next to what Reactor, Reactor Netty, Spring and Netty offer for the same: one class per question. */
@NullMarked
package io.forebay.benchmarks.bridge;

import org.jspecify.annotations.NullMarked;
