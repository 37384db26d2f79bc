package dev.cutover.config.control;

/** The body of every answer of the admin API that is not a success. */
public record ErrorBody(String error, String hint) {}
