/** Races between a subscriber's signals, for a lease, in a scope's list of leases, and for a reference that leases share. */
@NullMarked
package io.forebay.reactor;

import org.jspecify.annotations.NullMarked;
