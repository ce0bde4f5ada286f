import Foundation
import Model

/// What became of the other statements on what a fix touched, told when the fix is judged.
extension History {
    /// Notes with each fix that was judged at this moment the statements whose time a call rose since, where they read or write
    /// a relation of its finding.
    ///
    /// A verdict is rare, so that the history around it may be read for it.
    static func noteSlowerStatements(
        _ records: inout [FindingRecord], judgedAt moment: Date, _ target: Int64, _ connection: any HistoryConnection
    ) throws {
        let judged = records.indices.filter { records[$0].fixes?.last?.judgedAt == moment }
        let begins = judged.compactMap { records[$0].firstComparedReading }
        guard let from = begins.min() else { return }
        let query = TimelineQuery(from: from, to: moment, measures: [.statement: ["calls", "executionTime"]])
        let reading = try TimelineReading(target, query, connection)
        try reading.read(connection)
        let statements = try reading.statements(connection)
        for place in judged {
            guard let fix = records[place].fixes?.last, let begin = records[place].firstComparedReading else {
                continue
            }
            let times = statements.compactMap { $0.times(around: fix, since: begin, of: records[place]) }
            records[place].note(FixVerification.slower(times, at: moment))
        }
    }
}

extension FindingRecord {
    /// The oldest of the readings that its last fix is judged by; nil: none is kept.
    fileprivate var firstComparedReading: Date? {
        guard let fix = fixes?.last else { return nil }
        // One more: a reading is of the time since the one before it.
        return (impacts ?? []).filter { $0.at <= fix.lastWithout }.suffix(FixVerification.readingsBefore + 1).first?.at
    }
}

extension Timeline.Series {
    /// Its time a call before and after the fix, in the intervals in which it was called; nil: it has to do with nothing that the
    /// finding is about, or is the statement that was to be mended.
    fileprivate func times(
        around fix: FixRecord, since begin: Date, of record: FindingRecord
    ) -> FixVerification.StatementTimes? {
        guard let fingerprint, record.database == nil || record.database == key.database,
            !record.objects.contains("statement:\(fingerprint)"),
            let object = record.objects.first(where: { object in relations.contains { object == "relation:\($0)" } })
        else { return nil }
        let (calls, time) = (self["calls"], self["executionTime"])
        guard calls.count == time.count else { return nil }
        let last = fix.lastWithout.timeIntervalSince1970
        let applied = fix.appliedAt.timeIntervalSince1970
        var (before, after): ([Double], [Double]) = ([], [])
        for place in calls.values.indices where calls.values[place] > 0 && !time.values[place].isNaN {
            let mean = time.values[place] / calls.values[place] / 1000
            if calls.ends[place] <= last, calls.starts[place] >= begin.timeIntervalSince1970 { before.append(mean) }
            if calls.starts[place] >= applied { after.append(mean) }
        }
        return FixVerification.StatementTimes(
            fingerprint, title: title, object: object, before: before, after: after)
    }

    private var title: String { text.map { Shown.excerpt($0) } ?? "statement \(fingerprint ?? key.name)" }
}
