import Foundation
import Model

/// What is kept of a target's traffic beside its last snapshot.
///
/// Packed, with the number of its format. A history without it, or with one of another pgmedic's, is none that is damaged: its
/// past begins anew.
package struct TrafficRecord: Noun {
    /// Of all statements, as pg_stat_statements had counted them at the last snapshot; nil: it was not read.
    package var calls: Int64?
    package var past = PastTraffic()

    package init() {}

    init(_ snapshot: Snapshot) { calls = snapshot.statementStatistics?.totals.calls }
}

extension TrafficRecord {
    private static let format: UInt64 = 1

    package init(from decoder: any Decoder) throws {
        self.init()
        let bytes = try decoder.singleValueContainer().decode(Data.self)
        if let known = try? bytes.withUnsafeBytes({ try Self(PackedReader($0)) }) { self = known }
    }

    private init(_ packed: PackedReader) throws {
        var reader = packed
        guard try reader.integer() == Self.format else { throw PackedReader.Damaged() }
        let counted = try reader.signed()
        calls = counted < 0 ? nil : counted
        var recent: [PastTraffic.Interval] = []
        var end: Int64 = 0
        for _ in 0..<(try reader.count(limit: 1 << 12)) {
            end &+= try reader.signed()
            let length = try reader.signed()
            recent.append(.init(end: end, length: length, rate: Double(try reader.integer()) / 1000))
        }
        let first = try reader.signed()
        past = PastTraffic(recent: recent, firstSlot: first, levels: Array(try reader.block()))
    }

    package func encode(to encoder: any Encoder) throws {
        var writer = PackedWriter()
        writer.append(Self.format)
        writer.append(signed: calls ?? -1)
        writer.append(past.recent.count)
        var end: Int64 = 0
        for interval in past.recent {
            writer.append(signed: interval.end &- end)
            writer.append(signed: interval.length)
            writer.append(UInt64(clamping: Int64(clamping: interval.rate * 1000)))
            end = interval.end
        }
        writer.append(signed: past.firstSlot)
        writer.append(past.levels)
        var container = encoder.singleValueContainer()
        try container.encode(Data(writer.bytes))
    }
}

extension HistoryState {
    /// Takes over what the snapshot before knew of the past, and adds the interval since then where its calls are known.
    mutating func followTraffic(of earlier: HistoryState, _ header: SnapshotHeader) {
        guard let then = earlier.traffic, epoch.isAskedTheSame(as: earlier.epoch) else { return }
        var record = traffic ?? TrafficRecord()
        record.past = then.past
        if let now = record.calls, let before = then.calls, now >= before, let length = header.length, length > 0,
            !epoch.isElsewhere(than: earlier.epoch),
            epoch.statementsReset.isSameMoment(as: earlier.epoch.statementsReset)
        {
            let rate = Double(now - before) / (Double(length) / 1000)
            record.past.add(.init(end: header.takenAt, length: length, rate: rate))
        }
        traffic = record
    }
}

extension CounterEpoch {
    /// What a primary is sent says nothing of a standby, nor of another cluster. Another address alone is a failover to a server
    /// that is asked the same.
    fileprivate func isAskedTheSame(as earlier: CounterEpoch) -> Bool {
        if let now = systemIdentifier, let then = earlier.systemIdentifier, now != then { return false }
        return isInRecovery == earlier.isInRecovery
    }
}

extension TrafficRecord {
    private struct Kept: Decodable {
        var traffic: TrafficRecord?
    }

    /// The past that a state holds as it is stored; the rest of it is passed over. - Throws: `PackedReader.Damaged`.
    static func past(ofState bytes: [UInt8]) throws -> PastTraffic? {
        try Stored.decode(Kept.self, bytes).traffic?.past
    }
}
