import Model

/// More sessions want a CPU than there are.
struct MoreActiveThanCores: Rule {
    static let metadata = RuleMetadata(
        id: "waits.more-active-than-cores",
        title: "More sessions on the CPU than cores",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt:
            "busy sessions without a wait event in the readings of pg_stat_activity, against the cores of the machine",
        why: "A core runs one session at a time: where more want to run, each takes as many times longer as there are "
            + "sessions for a core, and holds its locks and its connection for as much longer. Then more connections "
            + "make nothing faster.",
        limits: "No wait event means on the CPU, waiting for one, or in code that has no event. Cores are those of the "
            + "machine: a container may be allowed fewer. Where they are not known (--host-facts cores=8 tells them), this is not "
            + "judged.",
        thresholds: [ratio, warning, WaitingSessions.readings],
        references: ["https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE"])

    private static let ratio = Threshold(
        "sessions on the CPU for each core, lower end of the 95 % interval", 1, "sessions",
        source: "pgdasha: load by CPU 1, 2 and 4")
    private static let warning = Threshold(
        "sessions on the CPU for each core from which it is a warning", 2, "sessions",
        source: "pgdasha: load by CPU 2; every statement takes twice as long as it would")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let load = observation.load else { return .absent }
        guard let part = load.part(Load.cpu, where: { $0.waitEventType == nil }) else { return .findings([]) }
        // Fewer than a session on average is below the cores of any machine.
        guard part.average > 1 else { return .findings([]) }
        guard let cores = load.cores else {
            return .inconclusive("the number of cores is not known: --host-facts cores=8 tells it")
        }
        let least = max(0, load.total - load.totalError) * part.interval.low
        guard least > Double(cores) * Self.ratio.value else { return .findings([]) }
        guard Double(load.samples) >= WaitingSessions.readings.value else {
            return .inconclusive(WaitingSessions.tooFew(load, "work on the CPU"))
        }
        return .findings([finding(part, load, cores, least, observation)])
    }

    private func finding(
        _ part: Load.Part, _ load: Load, _ cores: Int, _ least: Double, _ observation: Observation
    ) -> Finding {
        let statements = load.statements(where: { $0.waitEventType == nil }, observation.workload)
        let large = statements.filter { $0.part.average >= part.average / 10 }
        let average = Quantity.decimal(part.average, places: 1)
        let texts = large.prefix(3).compactMap { statement in
            statement.load(in: observation.workload).map {
                "\(Quantity.decimal(statement.part.average, places: 1)): \($0.label(110))"
            }
        }
        return Finding(
            Self.metadata, severity: least >= Double(cores) * Self.warning.value ? .warning : .notice, tier: .cure,
            title: "\(average) sessions want \(Quantity.plural(cores, "core"))", objects: [.cluster],
            impact: .sessions(((part.average - Double(cores)) * 10).rounded() / 10),
            confidence: Double(load.samples) >= WaitingSessions.steady.value ? .high : .medium,
            summary: "\(average) sessions are on the CPU on average, and \(Quantity.plural(cores, "core")) "
                + "\(cores == 1 ? "is" : "are") there: each takes about "
                + "\(Quantity.decimal(part.average / Double(cores), places: 1)) times as long as alone.",
            evidence: [
                Evidence("sessionsOnCPU", "sessions on the CPU on average", .number(part.average)),
                Evidence("leastSessionsOnCPU", "at least (95 %)", .number(least)),
                Evidence("cores", "cores", .count(Int64(cores))),
                Evidence("shareOfLoad", "share of the busy sessions", .share(part.share)),
                Evidence("readings", "readings of activity", .count(Int64(load.samples))),
            ] + (texts.isEmpty ? [] : [Evidence("statements", "sessions on the CPU by statement", .list(texts))]),
            notIf: "it is a batch that may use the whole machine, and nobody else waits",
            actions: [
                Action(
                    .containment, "see who uses the CPU now",
                    steps: [
                        WaitingSessions.now("wait_event IS NULL"),
                        "Cancel what nobody waits for: pg_cancel_backend(pid) ends the statement, not the session.",
                    ], lock: LockNote.none, gain: Gain("a core for each session that ends", .estimated)),
                Action(
                    .fix, "let a pooler admit no more than the cores can run",
                    steps: [
                        "About \(max(2, cores * 2 + 1)) to \(max(4, cores * 4)) server connections in all pools together; "
                            + "others wait in the pooler, where waiting costs nothing."
                    ], lock: LockNote.none, gain: Gain("the same throughput with shorter statements", .ruleOfThumb),
                    verify: "sessions on the CPU in the next diagnosis"),
                Action(
                    .cure, "make the statements that use the CPU cheaper, or give the machine more cores",
                    steps: ["The statements are listed by their sessions on the CPU; begin with the first."],
                    gain: Gain("as much as the statements save", .estimated)),
            ],
            symptomOf: Set(large.compactMap(\.link)))
    }

    static let examples: [RuleExample] = [
        .fires("nine sessions on two cores", on: "cluster") {
            $0.server.cores = 2
            $0.addBusy(nil, nil, sessions: 9)
        },
        .fires("also where others wait for a lock", on: "cluster") {
            $0.server.cores = 2
            $0.addBusy(nil, nil, sessions: 5)
            $0.addBusy("Lock", "transactionid", sessions: 5)
        },
        .silent("as many as cores") {
            $0.server.cores = 4
            $0.addBusy(nil, nil, sessions: 4)
        },
        .silent("many, but they wait") {
            $0.server.cores = 2
            $0.addBusy("IO", "DataFileRead", sessions: 20)
            $0.addBusy(nil, nil, sessions: 1)
        },
        .silent("one busy session on a machine that nobody knows") { $0.addBusy(nil, nil, sessions: 1) },
        .inconclusive("cores are not known") { $0.addBusy(nil, nil, sessions: 9) },
        .inconclusive("two readings") {
            $0.server.cores = 2
            $0.addBusy(nil, nil, sessions: 30, readings: 2)
        },
    ]
}
