/** Races between a subscriber's signals, and in a scope's list of leases. */
@NullMarked
package io.forebay.reactor;

import org.jspecify.annotations.NullMarked;
