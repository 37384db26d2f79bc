// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.ProgressLine;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description = "Find states that should not be, explain them, and repair what can be repaired.",
        mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Mixin
    private TenantSelection tenants = new TenantSelection();

    @Option(names = "--repair", description = "repair what can be repaired without harm")
    private boolean repair;

    /** @param repairs what was done, one operation for each tenant that something was found of */
    private record Document(List<DoctorReport> tenants, List<Operation> repairs) {}

    @Override
    public Integer call() throws AdminException {
        AdminClient client = admin.client();
        List<DoctorReport> reports = new ArrayList<>();
        List<Operation> repairs = new ArrayList<>();
        for (String name : tenants.names(client)) {
            DoctorReport report = client.doctor(name);
            boolean repairable = report.anomalies().stream().anyMatch(DoctorReport.Anomaly::repairable);
            if (repair && repairable) {
                repairs.add(repaired(client, name));
                report = client.doctor(name);
            }
            reports.add(report);
        }
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, new Document(reports, repairs));
        } else {
            repairs.forEach(operation -> TextPrinter.operation(System.out, operation));
            TextPrinter.doctor(System.out, reports);
        }
        boolean found = reports.stream().anyMatch(report -> !report.anomalies().isEmpty());
        return found ? ExitCode.REFUSED : ExitCode.OK;
    }

    private Operation repaired(AdminClient client, String name) throws AdminException {
        try (ProgressLine progress = ProgressLine.on(System.err, admin.output())) {
            return client.await(client.start(name, VerbName.DOCTOR, VerbRequest.PLAIN), progress::show);
        }
    }
}
