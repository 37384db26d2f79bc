// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.http;

import dev.cutover.config.campaign.ManifestException;
import dev.cutover.proxy.control.campaign.Campaigns;
import dev.cutover.proxy.control.campaign.Campaigns.Change;
import dev.cutover.proxy.control.refusal.RefusedException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.ConflictResponse;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The part of the admin API that is about campaigns. A manifest is sent as it stands in its file. */
final class CampaignRoutes {
    private final Supplier<Campaigns> campaigns;
    private final Answer answer;
    private final Actor actor;

    /** Writes a value as JSON. */
    @FunctionalInterface
    interface Answer {
        void write(Context context, Object value) throws Exception;
    }

    /** Says who calls. */
    @FunctionalInterface
    interface Actor {
        String of(Context context);
    }

    CampaignRoutes(Supplier<Campaigns> campaigns, Answer answer, Actor actor) {
        this.campaigns = campaigns;
        this.answer = answer;
        this.actor = actor;
    }

    void add(RoutesConfig routes) {
        routes.get(
                "/v1/campaigns",
                context -> answer.write(context, campaigns.get().all()));
        routes.post("/v1/campaigns", this::start);
        routes.post("/v1/campaigns/plan", this::plan);
        routes.get(
                "/v1/campaigns/{campaign}",
                context -> found(context, campaigns.get().status(context.pathParam("campaign"))));
        for (Change change : Change.values()) {
            routes.post(
                    "/v1/campaigns/{campaign}/" + change.name().toLowerCase(Locale.ROOT),
                    context -> change(context, change));
        }
    }

    private void plan(Context context) throws Exception {
        try {
            answer.write(context, campaigns.get().plan(context.body()));
        } catch (ManifestException e) {
            throw new BadRequestResponse(String.valueOf(e.getMessage()));
        }
    }

    private void start(Context context) throws Exception {
        try {
            answer.write(context, campaigns.get().start(context.body(), actor.of(context)));
        } catch (ManifestException e) {
            throw new BadRequestResponse(String.valueOf(e.getMessage()));
        } catch (RefusedException e) {
            throw new ConflictResponse(String.valueOf(e.getMessage()));
        }
    }

    private void change(Context context, Change change) throws Exception {
        try {
            found(context, campaigns.get().change(context.pathParam("campaign"), change, actor.of(context)));
        } catch (RefusedException e) {
            throw new ConflictResponse(String.valueOf(e.getMessage()));
        }
    }

    private void found(Context context, Optional<?> value) throws Exception {
        answer.write(
                context,
                value.orElseThrow(() -> new NotFoundResponse("there is no campaign " + context.pathParam("campaign"))));
    }
}
