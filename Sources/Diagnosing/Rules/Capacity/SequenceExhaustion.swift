import Foundation
import Model

/// A sequence or its column will soon take no more numbers.
struct SequenceExhaustion: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.sequence-exhaustion",
        title: "Sequence near its end",
        area: .capacity,
        needs: [.sequences],
        looksAt:
            "last value of each sequence against its own limit and that of the type of the column it feeds; within "
            + "the window also how fast it grows",
        why: "When a sequence or an integer column has given its last number every INSERT fails, at once and for all. "
            + "Changing the column's type of a large table takes long, so it must start long before.",
        limits:
            "Sequences that start again (CYCLE) are left out. Columns that get their numbers elsewhere are not seen. "
            + "Without an earlier snapshot of at least an hour before, the date of the end is not known.",
        thresholds: [low, last, soon],
        references: [
            "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT",
            "https://www.postgresql.org/docs/current/sql-altersequence.html",
        ])

    static let low = Threshold(
        "share of numbers left", 0.2, "share", source: "dasha and db_verifier (s1010) warn below 20 %")
    static let last = Threshold(
        "share of numbers left that makes it critical", 0.05, "share",
        source: "check_postgres: critical at 95 % used; db_verifier s1012 below 5 %")
    static let soon = Threshold(
        "days left that make it critical", 30, "days", source: "our choice: a type change is planned in weeks")

    func evaluate(_ observation: Observation) -> Outcome {
        let findings = observation.snapshot.catalogs.flatMap { catalog in
            catalog.sequences.compactMap { sequence in
                SequenceRoom(sequence).flatMap { finding(sequence, $0, catalog, observation) }
            }
        }
        let unread = observation.snapshot.notes.first { $0.evidence == .sequences && !$0.isTotal }
        return unread.map { .partial(findings, $0.text) } ?? .findings(findings)
    }

    private func finding(
        _ sequence: DatabaseSequence, _ room: SequenceRoom, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Finding? {
        let days = daysLeft(sequence, room, catalog, observation)
        let isCritical = room.share <= Self.last.value || days.map { $0 <= Self.soon.value } ?? false
        guard room.share <= Self.low.value || isCritical && room.share <= 0.5 else { return nil }
        let ladder = SequenceLadder(sequence, room, catalog)
        let numbers = Quantity.about(room.left)
        return Finding(
            Self.metadata, severity: isCritical && sequence.column != nil ? .critical : .warning, tier: ladder.tier,
            title: room.share < 0.01
                ? "\(sequence.name) has \(numbers) numbers left"
                : "\(sequence.name) has used \(Quantity.percent(1 - room.share)) of its numbers",
            objects: [ObjectReference(.sequence, "\(sequence.name.schema).\(sequence.name.name)", in: catalog.database)]
                + (sequence.column.map { [.column($0.relation, $0.column, in: catalog.database)] } ?? []),
            impact: days.map { .days($0) } ?? Impact(1, .risk, "\(numbers) left"),
            confidence: .high,
            summary: summary(sequence, room, days),
            evidence: [
                Evidence("lastValue", "last value", .count(sequence.lastValue ?? 0)),
                Evidence("limit", "limit", .count(room.limit)), Evidence("left", "numbers left", .number(room.left)),
                Evidence("remaining", "share left", .share(room.share)),
                Evidence("sequenceType", "type of the sequence", .text(sequence.type)),
                Evidence("columnType", "type of the column", .text(sequence.columnType ?? "feeds no column")),
            ],
            notIf: "the table is filled once and never grows",
            actions: observation.snapshot.server.isInRecovery ? ladder.actions.map(onPrimary) : ladder.actions,
            explains: sequence.column.map { [.relation($0.relation, database: catalog.database)] } ?? [])
    }

    private func onPrimary(_ action: Action) -> Action {
        var action = action
        action.steps.insert("Run it on the primary: this is a standby.", at: 0)
        return action
    }

    private func summary(_ sequence: DatabaseSequence, _ room: SequenceRoom, _ days: Double?) -> String {
        let place = sequence.column.map { "\($0.relation).\($0.column)" }
        let who = place.map { "Every INSERT into \($0) " } ?? "Whatever takes its numbers from \(sequence.name) "
        let limit = Quantity.count(room.limit)
        var wall = "the sequence's limit is \(limit)"
        if let place, let type = sequence.columnType, let range = SequenceRoom.range(type),
            [range.lowerBound, range.upperBound].contains(room.limit)
        {
            wall = "\(place) is \(type) and holds no more than \(limit)"
        }
        guard room.left > 0 else { return who + "fails: \(sequence.name) has given its last number, and \(wall)." }
        let end = days.map {
            $0 < 2 ? ", within two days at the present rate" : ", in some \(Int($0)) days at the present rate"
        }
        return who + "will fail after \(Quantity.about(room.left)) more numbers\(end ?? ""): \(wall)."
    }

    private func daysLeft(
        _ sequence: DatabaseSequence, _ room: SequenceRoom, _ catalog: DatabaseCatalog, _ observation: Observation
    ) -> Double? {
        guard let seconds = observation.window.seconds, seconds >= 3600, let now = sequence.lastValue,
            let then = observation.earlier?.catalogs.first(where: { $0.database == catalog.database })?
                .sequences.first(where: { $0.name == sequence.name })?.lastValue
        else { return nil }
        let given = (Double(now) - Double(then)) / Double(sequence.increment)
        return given > 0 ? room.left / (given / seconds) / 86_400 : nil
    }

    static let examples: [RuleExample] = [
        .fires("an integer key at 96 %", on: "public.orders_id_seq") { $0.addSequence(last: 2_060_000_000) },
        .fires("a bigint sequence that feeds an integer column", on: "public.orders_id_seq") {
            $0.addSequence(last: 2_000_000_000) {
                $0.type = "bigint"
                $0.maximum = .max
            }
        },
        .fires("a smallint sequence before an integer column", on: "public.orders_id_seq") {
            $0.addSequence(last: 32_000) {
                $0.type = "smallint"
                $0.maximum = 32_767
            }
        },
        .fires("counting down", on: "public.orders_id_seq") {
            $0.addSequence(last: -95) {
                $0.increment = -1
                $0.minimum = -100
                $0.maximum = -1
            }
        },
        .fires(
            "half is left, but gone in days", on: "public.orders_id_seq",
            before: {
                $0.takenAt -= 86_400
                $0.addSequence(last: 1_100_000_000)
            },
            after: {
                $0.takenAt += 86_340
                $0.catalogs[0].sequences[0].lastValue = 1_200_000_000
            }),
        .fires("a sequence with a limit of its own that feeds no column", on: "public.orders_id_seq") {
            $0.addSequence(last: 995) {
                $0.maximum = 1000
                $0.column = nil
                $0.columnType = nil
            }
        },
        .inconclusive("last values are hidden from our role") {
            $0.addSequence(last: nil)
            $0.notes = [
                .make {
                    $0.evidence = .sequences; $0.isTotal = false; $0.text = "sequences are hidden"
                }
            ]
        },
        .silent("half is left") { $0.addSequence(last: 1_000_000_000) },
        .silent("starts again by itself") { $0.addSequence(last: 2_147_483_647) { $0.cycles = true } },
        .silent("not used yet") { $0.addSequence(last: nil) },
    ]
}

/// How many numbers are left.
struct SequenceRoom {
    var limit: Int64
    /// The column's type ends before the sequence does.
    var isColumn: Bool
    /// Numbers that can still be given.
    var left: Double
    /// Of all between start and end, 0…1.
    var share: Double

    /// nil for sequences that never end or were not used yet.
    init?(_ sequence: DatabaseSequence) {
        guard !sequence.cycles, let last = sequence.lastValue, sequence.increment != 0 else { return nil }
        let range = sequence.columnType.flatMap(SequenceRoom.range)
        let isUp = sequence.increment > 0
        let own = isUp ? sequence.maximum : sequence.minimum
        let column = range.map { isUp ? $0.upperBound : $0.lowerBound }
        limit = column.map { isUp ? min($0, own) : max($0, own) } ?? own
        isColumn = column == limit && limit != own
        let start = isUp ? sequence.minimum : sequence.maximum
        // Double: the difference of two Int64 need not fit one.
        let whole = abs(Double(limit) - Double(start))
        left = max(0, isUp ? Double(limit) - Double(last) : Double(last) - Double(limit))
        left = (left / abs(Double(sequence.increment))).rounded(.down)
        share = whole > 0 ? min(1, left * abs(Double(sequence.increment)) / whole) : 0
    }

    /// https://www.postgresql.org/docs/current/datatype-numeric.html
    static func range(_ type: String) -> ClosedRange<Int64>? {
        switch type {
        case "smallint": Int64(Int16.min)...Int64(Int16.max)
        case "integer": Int64(Int32.min)...Int64(Int32.max)
        case "bigint": Int64.min...Int64.max
        default: nil
        }
    }
}

extension Snapshot {
    fileprivate mutating func addSequence(last: Int64?, _ more: (inout DatabaseSequence) -> Void = { _ in }) {
        var sequence = DatabaseSequence.make {
            $0.name = QualifiedName("public", "orders_id_seq")
            $0.type = "integer"
            $0.maximum = 2_147_483_647
            $0.lastValue = last
            $0.column = ColumnReference(QualifiedName("public", "orders"), "id")
            $0.columnType = "integer"
        }
        more(&sequence)
        catalogs[0].sequences = [sequence]
    }
}
