package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on virtual threads, a new one for each test. */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
final class ForebayByteBufOnVirtualThreadContractTest extends ByteBufContract {
    @RegisterExtension
    static final RunOn ON_VIRTUAL_THREAD = new RunOn(new Carrier() {
        @Override
        public <T> T call(Callable<T> task) throws Throwable {
            return Carrier.await(task, Carrier::startVirtual);
        }
    });

    ForebayByteBufOnVirtualThreadContractTest() {
        super(ForebayAllocator.create());
    }
}
