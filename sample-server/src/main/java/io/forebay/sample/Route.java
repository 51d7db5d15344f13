package io.forebay.sample;

import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Answers a request; the exchange ends with the publisher. */
@FunctionalInterface
interface Route extends BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {}
