// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.launch.ProxyRuntime;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RuntimeServiceTest {
    @Test
    void theCommandFindsTheProxyOnTheClassPath() {
        List<Class<? extends ProxyRuntime>> found = ServiceLoader.load(ProxyRuntime.class).stream()
                .<Class<? extends ProxyRuntime>>map(ServiceLoader.Provider::type)
                .toList();

        assertEquals(List.of(NettyProxyRuntime.class), found);
    }
}
