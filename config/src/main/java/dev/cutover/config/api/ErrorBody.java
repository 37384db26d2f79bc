package dev.cutover.config.api;

/** The body of every answer of the admin API that is not a success. */
public record ErrorBody(String error, String hint) {}
