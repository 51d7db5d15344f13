package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import io.forebay.sample.Overload.Fate;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * The server in a container with little memory, asked for more than there is. The image, which needs only a {@code java} of
 * 17 or newer on its path, is that of {@code -Dtest.jre.image=NAME}.
 */
@Tag("docker")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ContainerTest {
    private static final String IMAGE = System.getProperty("test.jre.image", "eclipse-temurin:17-jre");
    private static final long CONTAINER_BYTES = 256L << 20;
    private static final int PORT = 8080;

    /** The server would hold 1 MiB for half of them, and windows of 256 KiB for the others: more than the container has. */
    private static final int CLIENTS = 400;

    private static final int DOWNLOAD_BYTES = 8 << 20;

    @Test
    void aServerThatIsAskedForMoreThanItsContainerHasSurvives() throws Exception {
        assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "no Docker");
        try (GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))) {
            container.setCommand(program(
                    container,
                    "--host=0.0.0.0",
                    "--port=" + PORT,
                    "--no-tls",
                    "--tenant-memory=1g",
                    "--tenants-cap=1g",
                    "--max-memory=48m"));
            container.addExposedPort(PORT);
            container.withCreateContainerCmdModifier(ContainerTest::limit);
            container.waitingFor(Wait.forLogMessage("listening on .*\\n", 1));
            container.start();
            URI url = URI.create("http://127.0.0.1:" + container.getMappedPort(PORT));
            Overload load = new Overload(url, Version.HTTP_1_1, CLIENTS, DOWNLOAD_BYTES);
            load.runUntilSomeFail(Duration.ofSeconds(8));

            ContainerState state = container.getCurrentContainerInfo().getState();
            assertThat(state.getOOMKilled()).as("killed for want of memory").isFalse();
            assertThat(state.getRunning()).isTrue();
            assertThat(load.count(Fate.WHOLE)).as(load::toString).isPositive();
            assertThat(load.failures()).as("a load beyond the limit: %s", load).isPositive();
            assertThat(load.count(Fate.WRONG)).as(load::toString).isZero();
            assertThat(load.count(Fate.UNANSWERED)).as(load::toString).isZero();
            assertThat(load.servesAgain()).isTrue();

            container
                    .getDockerClient()
                    .stopContainerCmd(container.getContainerId())
                    .withTimeout((int) PATIENCE.toSeconds())
                    .exec();
            assertThat(container.getLogs())
                    .containsPattern("ledger: created=([1-9]\\d*) destroyed=\\1 in-use=0 leaked=0")
                    .doesNotContain("LEAK", "java.lang.OutOfMemoryError");
        }
    }

    /** The program on the class path of this test, copied, as an engine elsewhere does not see the files of this machine. */
    private static String[] program(GenericContainer<?> container, String... arguments) {
        List<String> classPath = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.exists(path) && !path.endsWith("test-classes")) {
                String there = "/program/" + classPath.size() + "-" + path.getFileName();
                container.withCopyFileToContainer(MountableFile.forHostPath(path), there);
                classPath.add(there);
            }
        }
        List<String> command =
                new ArrayList<>(List.of("java", "-cp", String.join(":", classPath), SampleServer.class.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(new String[0]);
    }

    private static void limit(CreateContainerCmd create) {
        HostConfig host = Objects.requireNonNull(create.getHostConfig());
        host.withMemory(CONTAINER_BYTES)
                .withMemorySwap(CONTAINER_BYTES)
                .withPortBindings(new PortBinding(Binding.bindIp("127.0.0.1"), ExposedPort.tcp(PORT)));
    }
}
