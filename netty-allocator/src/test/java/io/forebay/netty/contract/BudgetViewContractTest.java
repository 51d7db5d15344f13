package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract of a view whose buffers are charged to a budget; after each test nothing is charged any more. */
final class BudgetViewContractTest {
    /** A view, the allocator that keeps the books, and the budget. */
    private record Tenant(ForebayAllocator allocator, MemoryBudget budget, ByteBufAllocator view) {
        static Tenant create() {
            ForebayAllocator allocator = ForebayAllocator.create();
            MemoryBudget budget = MemoryBudget.create("tenant", 1L << 30);
            return new Tenant(allocator, budget, allocator.withBudget(budget));
        }

        void assertNothingCharged() {
            assertThat(budget.used()).as("%s", budget).isZero();
        }
    }

    @Nested
    final class Buffers extends ByteBufContract {
        private static final Tenant TENANT = Tenant.create();

        Buffers() {
            super(TENANT.view(), TENANT.allocator());
        }

        @AfterEach
        void everyChargeIsBack() {
            TENANT.assertNothingCharged();
        }
    }

    @Nested
    final class BuffersOnEventLoop extends ByteBufContract {
        private static final Tenant TENANT = Tenant.create();
        private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

        @RegisterExtension
        static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

        BuffersOnEventLoop() {
            super(TENANT.view(), TENANT.allocator());
        }

        @AfterEach
        void everyChargeIsBack() {
            TENANT.assertNothingCharged();
        }

        @Override
        void afterClose() {
            Carrier.shutDown(LOOP);
        }
    }

    @Nested
    final class View extends AllocatorContract {
        private static final Tenant TENANT = Tenant.create();

        View() {
            super(TENANT.view(), TENANT.allocator());
        }

        @AfterAll
        void everyChargeIsBack() { // not sooner: one test leaves a buffer to the garbage collector
            TENANT.assertNothingCharged();
        }
    }

    @Nested
    final class RandomLives extends RandomizedModelContract {
        private static final Tenant TENANT = Tenant.create();

        RandomLives() {
            super(TENANT.view(), TENANT.allocator());
        }

        @AfterEach
        void everyChargeIsBack() {
            TENANT.assertNothingCharged();
        }
    }

    @Nested
    final class HandOffs extends HandOffStressContract {
        private static final Tenant TENANT = Tenant.create();

        HandOffs() {
            super(TENANT.view(), TENANT.allocator());
        }

        @AfterEach
        void everyChargeIsBack() {
            TENANT.assertNothingCharged();
        }
    }
}
