import Foundation
import Model
import Statements

/// Existing indexes that can go or have to be made again, and why others that look needless stay. From the catalog and its
/// counters alone: no plan is asked.
///
/// All of `recommendations` may be followed, in any order and in part: what one of them rests on, none of them drops.
package struct IndexRemovals: Sendable {
    /// Drops first, by what comes free; then repairs.
    package private(set) var recommendations: [IndexRecommendation] = []
    package private(set) var rejected: [RejectedCandidate] = []

    private let names: CatalogNames
    private let tree: IndexTree
    private let facts: RemovalFacts
    private let used: Set<QualifiedName>
    private let foreignKeys: [QualifiedName: [Constraint]]
    private var gone: Set<QualifiedName> = []

    /// - Parameters:
    ///   - used: indexes that a plan of the workload reads, parts of partitioned ones by their own names. They are dropped only
    ///     where an exact cover stays.
    ///   - replaced: indexes that new ones of the set replace; they are passed over here.
    package init(
        _ names: CatalogNames, _ facts: RemovalFacts, used: Set<QualifiedName> = [], replaced: Set<QualifiedName> = []
    ) {
        self.names = names
        self.facts = facts
        self.used = used
        tree = IndexTree(names)
        foreignKeys = Dictionary(
            grouping: names.catalog.constraints.filter { $0.kind == .foreignKey }, by: \.relation)
        gone = replaced
        let needless = NeedlessIndexes(names.catalog)
        takeCopies(needless)
        takeCovered(needless)
        takeUnread(besides: needless.involved.union(replaced))
        recommendations.sort { ($1.size, $0.drops[0]) < ($0.size, $1.drops[0]) }
        takeBroken()
    }

    // MARK: Copies and prefixes

    private mutating func takeCopies(_ needless: NeedlessIndexes) {
        for copies in needless.copies where isOfUser(copies.kept) {
            for index in copies.others where !gone.contains(index.name) {
                // A unique index may go where its copy, as unique as it is, stays.
                let isFree = index.isUnique && index.constraint == nil && !index.isPrimary
                guard isFree && stays(index) == nil || index.purpose == nil else {
                    reject(
                        index,
                        "The same as \(copies.kept.name), but \(stays(index) ?? index.purpose ?? "it stays"): decide by hand "
                            + "which of the two is needed.")
                    continue
                }
                drop(
                    index, "\(index.name) is a copy of \(copies.kept.name): every write maintains both, one is enough.",
                    verify: scans(of: copies.kept))
            }
        }
    }

    /// Why even a copy of it does not make it needless.
    private func stays(_ index: Index) -> String? {
        var index = index
        index.isUnique = false
        return index.purpose
    }

    private mutating func takeCovered(_ needless: NeedlessIndexes) {
        for pair in needless.covered where isOfUser(pair.index) && !gone.contains(pair.index.name) {
            let (index, cover) = (pair.index, pair.cover)
            let size = Double(tree.size(index))
            guard size >= RemovalLimits.coveredSize else {
                reject(index, "\(cover.name) could do its work, but it is small: \(Quantity.bytes(tree.size(index))).")
                continue
            }
            let ratio = Double(tree.size(cover)) / size
            guard ratio <= RemovalLimits.coverRatio || !isRead(index) else {
                reject(
                    index,
                    "\(cover.name) could do its work, but is \(Quantity.decimal(ratio, places: 1)) times as large: reads of "
                        + "it would cost more.")
                continue
            }
            if isUsed(index), NewIndexCover.losesOrder(index, keys: cover.keyCount, in: names) {
                reject(
                    index,
                    "\(cover.name) could do its work, but plans of the workload use it: \(NewIndexCover.lostOrder)")
                continue
            }
            drop(
                index,
                "\(index.name) does nothing that \(cover.name) \(cover.keyList) could not do; every write maintains both.",
                verify: scans(of: cover), cautions: larger(cover, ratio))
        }
        for copies in needless.copies where isOfUser(copies.kept) && copies.kept.purpose == nil {
            let covers = names.indexes(of: copies.kept.relation).filter {
                !gone.contains($0.name) && IndexComparison.covers($0, copies.kept)
            }
            guard let cover = covers.first else { continue }
            reject(
                copies.kept, "\(cover.name) could do its work, too; it stays until its copies are gone. Then ask again."
            )
        }
    }

    /// A larger index has more pages to read; below a tenth nobody sees it.
    private func larger(_ cover: Index, _ ratio: Double) -> [String] {
        guard ratio > 1.1 else { return [] }
        return [
            "\(cover.name) is \(Quantity.decimal(ratio, places: 1)) times as large: scans of it read a little more."
        ]
    }

    private func isRead(_ index: Index) -> Bool { tree.scans(index) > 0 || isUsed(index) }

    private func isUsed(_ index: Index) -> Bool {
        used.contains(index.name) || tree.leaves(index).contains { used.contains($0.name) }
    }

    // MARK: Indexes that nothing reads

    private mutating func takeUnread(besides others: Set<QualifiedName>) {
        let unread = tree.roots { $0.isUsable && !others.contains($0.name) && reading(of: $0) != .read }
        for index in unread.sorted(by: { (tree.size($1), $0.name) < (tree.size($0), $1.name) }) {
            if let reason = reasonToKeep(index) {
                reject(index, reason)
                continue
            }
            let since = facts.statisticsSince.map { " since \(day($0))" } ?? ""
            var cautions = [
                "Made for a job that runs once a quarter or once a year? Its scans are counted\(since) only, on this server."
            ]
            var reason = "No statement has read \(index.name)\(since)."
            if case .ceased(let last) = reading(of: index) {
                reason = "No statement has read \(index.name) since \(day(last))."
                cautions.append(
                    "It was read \(Quantity.plural(Int(tree.scans(index)), "time")) until \(day(last)): look for a job that runs "
                        + "seldom before it goes.")
            }
            drop(index, reason, verify: nil, cautions: cautions)
        }
    }

    private enum Reading: Equatable {
        case never
        /// Read last at.
        case ceased(Date)
        case read
    }

    private func reading(of index: Index) -> Reading {
        guard tree.scans(index) > 0 else { return .never }
        let read = tree.leaves(index).filter { $0.counters.scans > 0 }
        let last = read.compactMap(\.lastScan)
        // Before 16 nothing tells when.
        guard last.count == read.count, let latest = last.max(),
            facts.takenAt.timeIntervalSince(latest) >= RemovalLimits.unusedDays * 86_400
        else { return .read }
        return .ceased(latest)
    }

    /// Why an index that looks unused is not dropped; the first reason that holds.
    private func reasonToKeep(_ index: Index) -> String? {
        if let purpose = index.purpose { return "Nothing reads it, but \(purpose)." }
        if isUsed(index) { return "Nothing has read it yet, but plans of the workload use it." }
        if let key = soleService(of: index) {
            return
                "Nothing reads it, but it is the only index for the foreign key \(key.name): without it, a delete or a change "
                + "of a row of \(key.referencedRelation?.description ?? "the parent") reads the whole table."
        }
        guard Double(tree.size(index)) >= RemovalLimits.unusedSize else {
            return "Nothing reads it, but it is small: \(Quantity.bytes(tree.size(index)))."
        }
        if facts.isStandby { return "Nothing reads it on this standby; what the primary reads is not seen from here." }
        guard let age = facts.statisticsAge, age >= RemovalLimits.unusedDays else {
            let known = facts.statisticsAge.map { "only \(Quantity.seconds($0 * 86_400)) old" } ?? "of unknown age"
            return "Nothing has read it, but the statistics are \(known): too young to call an index unused "
                + "(\(Int(RemovalLimits.unusedDays)) days)."
        }
        if facts.standbys > 0 {
            return
                "Nothing reads it here, but \(Quantity.plural(facts.standbys, "standby counts its own scans", "standbys count their own scans")): "
                + "look there before it is dropped."
        }
        if case .ceased(let last) = reading(of: index),
            facts.takenAt.timeIntervalSince(last) < RemovalLimits.unreadDays * 86_400
        {
            return
                "Last read on \(day(last)), \(Quantity.plural(Int(tree.scans(index)), "time")) in all: perhaps by a job that "
                + "runs once a month."
        }
        return nil
    }

    /// A foreign key that no other index serves, as far as they stay.
    private func soleService(of index: Index) -> Constraint? {
        foreignKeys[index.relation]?.first { key in
            index.serves(key)
                && !names.indexes(of: index.relation).contains {
                    $0.name != index.name && !gone.contains($0.name) && $0.finds(key)
                }
        }
    }

    // MARK: Leftovers of builds that failed

    private mutating func takeBroken() {
        for index in names.catalog.indexes where !index.isPartitioned && !index.isUsable && isOfUser(index) {
            guard !isBeingBuilt(index) else {
                reject(index, "INVALID, but an index of its table is being built now.")
                continue
            }
            switch Leftover(index, in: names.catalog) {
            case .ofReindex where index.parent == nil && index.constraint == nil,
                .copy where index.parent == nil && index.constraint == nil:
                drop(index, "\(index.name) is INVALID. " + Leftover(index, in: names.catalog).meaning, verify: nil)
            default: recommendations.append(RepairStatements(index: index, tree: tree).recommendation)
            }
        }
    }

    private func isBeingBuilt(_ index: Index) -> Bool {
        let relation = names.relation(index.relation)?.oid
        return facts.builds.contains { build in
            build.indexOID == index.oid || build.relation == index.relation
                || relation != nil && build.relationOID == relation
        }
    }

    // MARK: Writing down

    private mutating func drop(_ index: Index, _ reason: String, verify: String?, cautions: [String] = []) {
        gone.insert(index.name)
        var drop = DropStatements(index: index).recommendation(tree)
        drop.reason = reason
        if let verify { drop.verify = verify }
        drop.cautions.insert(contentsOf: cautions, at: 0)
        recommendations.append(drop)
    }

    private mutating func reject(_ index: Index, _ reason: String) {
        rejected.append(
            .make {
                $0.index = "\(index.name) \(index.keyList)"
                $0.relation = index.relation
                $0.reason = reason
            })
    }

    private func scans(of index: Index) -> String {
        "SELECT idx_scan FROM pg_catalog.pg_stat_user_indexes WHERE indexrelid = "
            + "\(SQL.literal(index.name.quoted))::regclass;"
    }

    private func isOfUser(_ index: Index) -> Bool {
        guard index.relation.schema != "pg_toast" else { return false }
        guard let relation = names.relation(index.relation) else { return true }
        return !relation.isSystem && relation.kind != .toast
    }

    private func day(_ moment: Date) -> String {
        moment.formatted(Date.ISO8601FormatStyle().year().month().day())
    }
}
