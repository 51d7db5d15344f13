@NullMarked
package io.forebay.sample;

import org.jspecify.annotations.NullMarked;
