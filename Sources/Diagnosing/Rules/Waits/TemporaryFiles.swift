import Model

/// Sessions that wait for temporary files.
struct TemporaryFiles: Rule {
    static let metadata = RuleMetadata(
        id: "waits.temporary-files",
        title: "Sessions wait for temporary files",
        area: .waits,
        needs: [.activitySamples, .backendDetails],
        looksAt: "busy sessions in IO:BufFileRead, BufFileWrite and BufFileTruncate, and their statements",
        why:
            "A sort or hash that is larger than its memory goes to disk and comes back, and what it writes pushes other files out of "
            + "the operating system's cache.",
        limits: "Which statements spill, and what memory would hold it, is judged by workload.spilling-statement.",
        thresholds: WaitingSessions.thresholds + [WaitingSessions.crowd],
        references: [
            "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-IO-TABLE",
        ],
        explains: [Edge(.spills, "workload.heavy-statement")])

    func evaluate(_ observation: Observation) -> Outcome {
        WaitingSessions.judge(
            observation, "temporary files",
            where: { $0.waits("IO", "BufFileRead", "BufFileWrite", "BufFileTruncate") }
        ) { waiting in
            Finding(
                Self.metadata, severity: waiting.severity(), tier: .fix, title: "sessions wait for temporary files",
                objects: [.cluster], impact: waiting.impact, confidence: waiting.confidence,
                summary: "\(waiting.text) wait for temporary files of sorts and hashes.", evidence: waiting.evidence,
                notIf: "these are reports that may take their time",
                actions: [
                    Action(
                        .containment, "see who spills now", steps: [WaitingSessions.now("wait_event ILIKE 'BufFile%'")],
                        lock: LockNote.none, gain: Gain("none by itself", .ruleOfThumb)),
                    Action(
                        .fix, "give the role of these statements the memory that they need, or an index in their order",
                        steps: ["See the findings about spilling statements: they say how much, and for whom."],
                        gain: Gain("no temporary files for them", .estimated)),
                ], explains: waiting.slowed, symptomOf: waiting.causes)
        }
    }

    static let examples: [RuleExample] = [
        .fires("sorts on disk", on: "cluster") {
            $0.addBusy("IO", "BuffileWrite", sessions: 2)
            $0.addBusy("IO", "BuffileRead", sessions: 2)
            $0.addBusy(nil, nil, sessions: 3)
        },
        .silent("a few") {
            $0.addBusy("IO", "BufFileRead", sessions: 1)
            $0.addBusy(nil, nil, sessions: 12)
        },
        .inconclusive("two readings") { $0.addBusy("IO", "BufFileRead", sessions: 20, readings: 2) },
    ]
}
