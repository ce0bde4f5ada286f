import Model
import Statements

/// The candidates for one use of a relation in a statement.
struct RelationCandidates {
    /// A B-tree entry takes at most a third of a page; values so wide on average may exceed it
    /// (https://www.postgresql.org/docs/current/limits.html: 2,704 bytes). Our choice.
    static let widestKey = 400
    /// Bytes a row of the included columns together, and their number: beyond, the index is a second table (our
    /// choice).
    static let widestIncluded = 100
    static let mostIncluded = 8
    /// Of the pages: with fewer that are all visible, an index-only scan visits the table for most rows (our choice).
    private static let leastVisible = 0.5
    /// Of the rows: a look-up that finds more is seldom faster than reading the table (our choice).
    static let greatestShare = 0.3
    /// Of the rows: a partial index of more saves little (our choice).
    static let greatestPart = 0.25

    let reading: RelationReading
    let generator: CandidateGenerator
    let extent: CandidateGenerator.Extent
    var all: [RankedCandidate] = []

    // What the statement compares with values, keys once each, the most selective first.
    let equalities: [KeyExpression]
    let lists: [KeyExpression]
    let ranges: [KeyExpression]
    /// The keys of each join, those with the most distinct values first.
    let joins: [[KeyExpression]]
    /// Exists where an index-only scan pays.
    let covering: Set<String>?
    let facts: ColumnFacts
    /// Valid indexes of the relation.
    let existing: [ExistingIndex]
    let statement: StatementFacts
    /// All keys of a unique index are compared with one value each.
    private let isSingleRow: Bool

    /// - Parameter used: names of the indexes that the statement's plan uses; nil where there is no plan.
    init(_ reading: RelationReading, _ generator: CandidateGenerator, used: Set<String>? = nil) {
        self.reading = reading
        self.generator = generator
        let extent = generator.extent(of: reading.relation)
        self.extent = extent
        let facts = ColumnFacts(names: generator.names, relation: reading.relation.name, rows: extent.rows)
        func keys(_ terms: [Term], besides taken: [KeyExpression] = []) -> [KeyExpression] {
            var seen = Set(taken.map(\.key))
            return terms.map(\.key).filter { facts.isKey($0, widest: Self.widestKey) && seen.insert($0.key).inserted }
        }
        func bySelectivity(_ keys: [KeyExpression]) -> [KeyExpression] {
            keys.enumerated().sorted {
                (-facts.distinct($0.element), $0.offset) < (-facts.distinct($1.element), $1.offset)
            }.map(\.element)
        }
        let values = reading.terms.filter { $0.partners.isEmpty }
        equalities = bySelectivity(keys(values.filter { $0.kind == .equality || $0.kind == .isNull }))
        lists = bySelectivity(keys(values.filter { $0.kind == .list }, besides: equalities))
        let patterns = generator.collationIsC ? values.filter { $0.kind == .prefix } : []
        ranges = keys(values.filter { $0.kind == .range } + patterns, besides: equalities + lists)
        let joined = Dictionary(grouping: reading.terms.filter { !$0.partners.isEmpty }, by: \.partners)
        let groups = joined.values.map { terms in
            let equal = bySelectivity(keys(terms.filter { $0.kind == .equality }))
            return equal + keys(terms.filter { $0.kind == .range }, besides: equal).prefix(1)
        }
        joins = groups.filter { !$0.isEmpty }.sorted {
            (-facts.distinct($0[0]), $0.map(\.sql).joined()) < (-facts.distinct($1[0]), $1.map(\.sql).joined())
        }
        let visible = extent.pages > 0 ? Double(extent.allVisiblePages) / Double(extent.pages) : 0
        let isCovered = !reading.readsAll && visible >= Self.leastVisible && facts.areKnown(reading.columns)
        covering = isCovered ? reading.columns : nil
        self.facts = facts
        existing = generator.existing[reading.relation.name] ?? []
        let notNull = reading.terms.filter { $0.kind != .isNull && $0.key.isColumn }.map {
            Node.notNullSignature(ofColumn: $0.key.columns[0])
        }
        statement = StatementFacts(
            given: Set(reading.predicates.map(\.signature) + notNull),
            redacted: Set(reading.predicates.map(\.redactedSignature) + notNull), used: used)
        let compared = Set(
            reading.terms.filter { $0.kind == .equality && $0.partners.isEmpty && $0.key.isColumn }
                .map { $0.key.columns[0] })
        isSingleRow = existing.contains { existing in
            let index = existing.index
            return index.isUnique && index.predicate == nil
                && index.keys.allSatisfy { $0.name.map(compared.contains) ?? false }
        }
        addAll()
    }

    private mutating func addAll() {
        // At most one row: an index finds it already.
        if !isSingleRow {
            addFilters()
            addOrders()
            addPatterns()
            addAlternatives()
            addPartial()
            addOtherMethods()
        }
        addJoins()
        if all.isEmpty, equalities.isEmpty, ranges.isEmpty, lists.isEmpty { addWholeTable() }
    }

    // MARK: Kinds

    /// Equalities first, then one range, whose values the scan walks through; further ranges are tested in the index
    /// (https://www.postgresql.org/docs/current/indexes-multicolumn.html).
    private mutating func addFilters() {
        guard !filterKeys.isEmpty else { return }
        let isSelective =
            !ranges.isEmpty || (equalities + lists).map(facts.leastShare).reduce(1, *) <= Self.greatestShare
        for (place, keys) in filterLists.enumerated() {
            add(
                keys.map { .init($0) }, equalities: keys.count { !ranges.contains($0) }, rank: 10 + 2 * place,
                isSelective ? .both : .coveringOnly)
        }
    }

    private var filterKeys: [KeyExpression] { equalities + lists + ranges }

    /// One for each of the first two ranges at its place.
    var filterLists: [[KeyExpression]] {
        let most = CandidateGenerator.mostKeys
        let head = Array((equalities + lists).prefix(ranges.isEmpty ? most : most - 1))
        guard !ranges.isEmpty else { return head.isEmpty ? [] : [head] }
        return ranges.prefix(2).map { first in
            Array((head + [first] + ranges.filter { $0 != first }).prefix(most))
        }
    }

    /// Each join's keys: alone, before the filter (for a nested loop's inner side), and after it.
    private mutating func addJoins() {
        let filter = filterLists.first ?? []
        for (place, join) in joins.prefix(4).enumerated() {
            let join = Array(join.prefix(CandidateGenerator.mostKeys))
            let isAlone = filter.isEmpty || isSingleRow
            add(join.map { .init($0) }, equalities: join.count, rank: 16 + place, isAlone ? .both : .plainOnly)
            if !isAlone {
                let most = CandidateGenerator.mostKeys + 1
                let rest = filter.filter { !join.contains($0) }
                add((join + rest).prefix(most).map { .init($0) }, equalities: join.count, rank: 12 + place, .either)
                let head = Array((equalities + lists).filter { !join.contains($0) }.prefix(CandidateGenerator.mostKeys))
                let keys = head.isEmpty ? ranges.prefix(1) + join : head + join
                add(keys.prefix(most).map { .init($0) }, equalities: head.count, rank: 13 + place, .either)
            }
            for single in join.dropFirst() { add([.init(single)], equalities: 1, rank: 18 + place, .plainOnly) }
        }
    }

    /// After the equalities, the columns of ORDER BY, GROUP BY, DISTINCT, or the one of min() or max().
    private mutating func addOrders() {
        for order in reading.orders {
            let rank =
                switch order.reason {
                case .limit, .extreme: 8
                case .order: 20
                case .group: 21
                }
            let head = equalities.prefix(CandidateGenerator.mostKeys - 1)
            let sorted = order.keys.filter { key in !equalities.contains { $0.key == key.key.key } }.prefix(
                order.reason == .group ? 3 : 4)
            guard !sorted.isEmpty, sorted.allSatisfy({ facts.isKey($0.key, widest: Self.widestKey) }) else { continue }
            let keys = head.map { IndexCandidate.Key($0) } + Self.keys(Array(sorted))
            add(keys, equalities: head.count, rank: rank, order.reason == .limit ? .both : .either)
            // What is tested in the index spares the visits of rows that do not pass.
            let rest = (lists + ranges).filter { other in !keys.contains { $0.key == other.key } }.prefix(2)
            if order.reason == .limit, !rest.isEmpty {
                add(keys + rest.map { .init($0) }, equalities: head.count, rank: rank + 1, .either)
            }
        }
    }

    /// All descending is read backwards from ascending ones.
    static func keys(_ order: [SortOrder.Key]) -> [IndexCandidate.Key] {
        let isMirrored = order.allSatisfy { $0.isDescending && ($0.nullsFirst ?? true) }
        return order.map { sort in
            var key = IndexCandidate.Key(sort.key)
            key.isDescending = isMirrored ? false : sort.isDescending
            if !isMirrored, let nullsFirst = sort.nullsFirst, nullsFirst != sort.isDescending {
                key.nullsFirst = nullsFirst
            }
            return key
        }
    }

    /// LIKE 'x%' under another collation than C.
    private mutating func addPatterns() {
        guard !generator.collationIsC else { return }
        for term in reading.terms where term.kind == .prefix && term.partners.isEmpty {
            guard term.key.type != "citext", facts.isKey(term.key, widest: Self.widestKey) else { continue }
            var pattern = IndexCandidate.Key(term.key)
            pattern.operatorClass = OperatorSupport.patternClass(of: term.key.type)
            let head = (equalities + lists).prefix(CandidateGenerator.mostKeys - 1)
            add(head.map { .init($0) } + [pattern], equalities: head.count, rank: 10, .both)
        }
    }
}

extension IndexCandidate.Key {
    init(_ expression: KeyExpression) { self.init(key: expression.key) }
}
