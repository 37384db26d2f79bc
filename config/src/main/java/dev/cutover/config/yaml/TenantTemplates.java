// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.text.NamePattern;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code tenant-templates}: the settings that tenants have in common whose names match a pattern. A template is checked with each
 * tenant that is made of it.
 */
final class TenantTemplates {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");

    private final List<Template> templates;

    /** @param settings what a tenant's entry may hold */
    private record Template(String name, NamePattern match, YamlNode settings) {}

    private TenantTemplates(List<Template> templates) {
        this.templates = templates;
    }

    static TenantTemplates load(YamlNode node) throws ConfigException {
        List<Template> templates = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (YamlNode item : node.items()) {
            YamlNode nameNode = item.require("name");
            String name = nameNode.text();
            if (!NAME.matcher(name).matches()) {
                throw nameNode.complaint(
                        "a template's name is made of letters, digits, \"_\", \"-\" and \".\", at most 63");
            }
            if (!names.add(name)) {
                throw nameNode.complaint("names the template " + name + " again");
            }
            YamlNode template = item.get("template");
            if (template.present()) {
                throw template.complaint("a template is not made of another one");
            }
            templates.add(new Template(name, match(item.require("match")), item.without("name", "match")));
        }
        return new TenantTemplates(templates);
    }

    private static NamePattern match(YamlNode node) throws ConfigException {
        try {
            return new NamePattern(node.text());
        } catch (IllegalArgumentException e) {
            throw node.complaint(String.valueOf(e.getMessage()));
        }
    }

    /** A tenant's entry, completed by the template whose pattern its name matches, or that it names. */
    YamlNode complete(String tenant, YamlNode written) throws ConfigException {
        YamlNode entry = written.orNothing();
        Template template = find(tenant, entry);
        if (template == null) {
            return entry;
        }
        return entry.over(template.settings(), tenant);
    }

    private @Nullable Template find(String tenant, YamlNode entry) throws ConfigException {
        YamlNode wanted = entry.get("template");
        if (wanted.present()) {
            for (Template template : templates) {
                if (template.name().equals(wanted.text())) {
                    return template;
                }
            }
            throw wanted.complaint(none(wanted.text()));
        }
        List<Template> matching = templates.stream()
                .filter(template -> template.match().matches(tenant))
                .toList();
        if (matching.size() > 1) {
            throw wanted.complaint("is missing; the tenant's name matches the templates " + names(matching)
                    + ", so its entry must name one of them");
        }
        return matching.isEmpty() ? null : matching.get(0);
    }

    boolean has(String name) {
        return templates.stream().anyMatch(template -> template.name().equals(name));
    }

    /** Says that there is no template of that name. */
    String none(String name) {
        return "there is no template \"" + name + "\"; tenant-templates has " + names(templates);
    }

    private static String names(List<Template> templates) {
        return templates.isEmpty()
                ? "none"
                : String.join(", ", templates.stream().map(Template::name).toList());
    }
}
