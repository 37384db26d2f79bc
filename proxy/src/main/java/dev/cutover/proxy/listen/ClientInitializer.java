// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import dev.cutover.proxy.client.ClientHandler;
import dev.cutover.proxy.session.shared.SessionServices;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The pipeline of a client's connection. */
final class ClientInitializer extends ChannelInitializer<Channel> {
    static final String CLIENT = "client";

    private final SessionServices services;
    private final Clients clients;
    private final Map<EventLoop, Integer> stripes = new ConcurrentHashMap<>();
    private final AtomicInteger nextStripe = new AtomicInteger();

    ClientInitializer(SessionServices services, Clients clients) {
        this.services = services;
        this.clients = clients;
    }

    @Override
    protected void initChannel(Channel channel) {
        int stripe = stripes.computeIfAbsent(channel.eventLoop(), loop -> nextStripe.getAndIncrement());
        ClientHandler handler = new ClientHandler(services, channel, stripe);
        channel.pipeline().addLast(CLIENT, handler);
        clients.add(channel, handler);
    }
}
