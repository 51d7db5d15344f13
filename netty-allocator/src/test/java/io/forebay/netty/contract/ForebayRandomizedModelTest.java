package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;

/** Random lives on a thread that owns no slot. */
final class ForebayRandomizedModelTest extends RandomizedModelContract {
    ForebayRandomizedModelTest() {
        super(ForebayAllocator.create());
    }
}
