package io.forebay.netty.contract;

import java.lang.reflect.Method;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs the bodies of tests on a {@link Carrier}'s thread; set-up and checks after a test stay on JUnit's. */
final class RunOn implements InvocationInterceptor {
    private final Carrier carrier;

    RunOn(Carrier carrier) {
        this.carrier = carrier;
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        carry(invocation);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        carry(invocation);
    }

    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext test, ExtensionContext context) throws Throwable {
        carry(invocation);
    }

    private void carry(Invocation<Void> invocation) throws Throwable {
        Callable<Void> task = () -> {
            try {
                return invocation.proceed();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        };
        carrier.call(task);
    }
}
