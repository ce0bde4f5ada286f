import Foundation

/// The line of a node in the text format:
/// `->  Parallel Seq Scan on orders o  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=3)`.
///
/// Names may hold anything, an arrow or a cost too: so what is measured is read from the end.
struct NodeLine {
    private var head: Substring
    private var costs: [Double] = []
    private var actual: ExplainedNode.Actual?

    var hasCosts: Bool { !costs.isEmpty }
    var isMeasured: Bool { hasCosts || actual != nil }

    init?(_ content: String) {
        head = content[...]
        if head.hasPrefix("->") { head = head.dropFirst(2).drop { $0 == " " } }
        readActual()
        readCosts()
        while head.last == " " { head = head.dropLast() }
        guard head.first?.isUppercase ?? false else { return nil }
    }

    private mutating func readActual() {
        if head.hasSuffix(" (never executed)") {
            head = head.dropLast(" (never executed)".count)
            actual = .init()
        } else if head.last == ")", let start = head.lastRange(of: " (actual ") {
            guard let measured = Self.actual(head[start.upperBound...].dropLast()) else { return }
            actual = measured
            head = head[..<start.lowerBound]
        }
    }

    /// `time=0.1..0.2 rows=1 loops=3`
    static func actual(_ text: Substring) -> ExplainedNode.Actual? {
        let fields = Self.fields(text)
        guard let rows = fields["rows"]?.first, let loops = fields["loops"]?.first else { return nil }
        let times = fields["time"] ?? []
        return .init(startupTime: times.first, totalTime: times.count == 2 ? times[1] : nil, rows: rows, loops: loops)
    }

    private mutating func readCosts() {
        guard head.last == ")", let start = head.lastRange(of: "  (cost=") else { return }
        let fields = Self.fields(head[head.index(start.lowerBound, offsetBy: 3)...].dropLast())
        guard let cost = fields["cost"], cost.count == 2, let rows = fields["rows"]?.first,
            let width = fields["width"]?.first
        else { return }
        costs = [cost[0], cost[1], rows, width]
        head = head[..<start.lowerBound]
    }

    /// `time=0.1..0.2 rows=1 loops=3`; by bytes, since each node has two of them.
    private static func fields(_ text: Substring) -> [Substring: [Double]] {
        var fields: [Substring: [Double]] = [:]
        for part in text.utf8.split(separator: UInt8(ascii: " ")) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[Substring(part[..<equals])] = numbers(Substring(part[part.index(after: equals)...]))
        }
        return fields
    }

    /// `0.1..0.2`
    private static func numbers(_ text: Substring) -> [Double] {
        let bytes = text.utf8
        for dot in bytes.indices where bytes[dot] == UInt8(ascii: ".") {
            let next = bytes.index(after: dot)
            guard next < bytes.endIndex, bytes[next] == UInt8(ascii: ".") else { continue }
            return [text[..<dot], text[bytes.index(after: next)...]].compactMap { PlanDraft.number($0) }
        }
        return [PlanDraft.number(text)].compactMap(\.self)
    }

    /// Without costs only a known word tells a node from other text.
    var isKnownKind: Bool {
        var node = ExplainedNode()
        fill(&node)
        return Self.kinds.contains(node.type) || node.operation != nil && head.contains(" on ")
    }

    private static let kinds: Set<String> = [
        "Aggregate", "Append", "Bitmap Heap Scan", "CTE Scan", "Function Scan", "Gather", "Gather Merge", "Group",
        "Hash Join", "Incremental Sort", "Index Only Scan", "Index Scan", "Limit", "LockRows", "Merge Append",
        "Merge Join", "Nested Loop", "ProjectSet", "Result", "Seq Scan", "SetOp", "Sort", "Subquery Scan",
        "Tid Range Scan", "Tid Scan", "Unique", "Values Scan", "WindowAgg", "Sample Scan", "Foreign Scan",
    ]

    // MARK: The head

    func fill(_ node: inout ExplainedNode) {
        if hasCosts {
            (node.startupCost, node.totalCost) = (costs[0], costs[1])
            (node.plannedRows, node.width) = (costs[2], costs[3])
        }
        node.actual = actual
        var kind = head
        var target: Substring?
        if let using = head.firstRange(ofBytes: " using ") {
            kind = head[..<using.lowerBound]
            let (index, rest) = Self.name(head[using.upperBound...])
            node.index = index
            target = rest.hasPrefix(" on ") ? rest.dropFirst(4) : nil
        } else if let on = head.firstRange(ofBytes: " on ") {
            kind = head[..<on.lowerBound]
            target = head[on.upperBound...]
        }
        Self.readKind(kind, &node)
        if let target { Self.readTarget(target, &node) }
    }

    private static func readKind(_ text: Substring, _ node: inout ExplainedNode) {
        var kind = text
        func took(_ prefix: String) -> Bool {
            guard kind.hasPrefix(prefix), kind.count > prefix.count else { return false }
            kind = kind.dropFirst(prefix.count)
            return true
        }
        if took("Parallel ") { node.isParallelAware = true }
        _ = took("Async ")
        if took("Partial ") { node.partialMode = "Partial" }
        if took("Finalize ") { node.partialMode = "Finalize" }
        if kind.hasSuffix(" Backward") {
            kind = kind.dropLast(" Backward".count)
            node.isBackward = true
        }
        node.type = String(kind)
        switch kind {
        case "Aggregate": node.strategy = "Plain"
        case "HashAggregate": (node.type, node.strategy) = ("Aggregate", "Hashed")
        case "GroupAggregate": (node.type, node.strategy) = ("Aggregate", "Sorted")
        case "MixedAggregate": (node.type, node.strategy) = ("Aggregate", "Mixed")
        case "Insert", "Update", "Delete", "Merge": (node.type, node.operation) = ("ModifyTable", String(kind))
        case "Foreign Insert", "Foreign Update", "Foreign Delete":
            (node.type, node.operation) = ("Foreign Scan", String(kind.dropFirst("Foreign ".count)))
        case "Hash Join", "Merge Join", "Nested Loop": node.joinType = "Inner"
        default: readCompound(kind, &node)
        }
    }

    /// `HashSetOp Except All`, `Hash Right Anti Join`, `Nested Loop Left Join`
    private static func readCompound(_ kind: Substring, _ node: inout ExplainedNode) {
        for (prefix, strategy) in [("HashSetOp ", "Hashed"), ("SetOp ", "Sorted")] where kind.hasPrefix(prefix) {
            (node.type, node.strategy) = ("SetOp", strategy)
            node.command = String(kind.dropFirst(prefix.count))
        }
        guard kind.hasSuffix(" Join") else { return }
        let joins = [("Hash ", "Hash Join"), ("Merge ", "Merge Join"), ("Nested Loop ", "Nested Loop")]
        for (prefix, type) in joins where kind.hasPrefix(prefix) {
            node.type = type
            node.joinType = String(kind.dropFirst(prefix.count).dropLast(" Join".count))
        }
    }

    private static func readTarget(_ text: Substring, _ node: inout ExplainedNode) {
        var (first, rest) = name(text)
        if rest.first == "." {
            node.schema = first
            (first, rest) = name(rest.dropFirst())
        }
        switch node.type {
        case "Bitmap Index Scan": node.index = first
        case "CTE Scan", "WorkTable Scan": node.cte = first
        case "Function Scan", "Table Function Scan", "Named Tuplestore Scan": node.function = first
        case "Values Scan", "Subquery Scan": node.alias = first
        default: node.relation = first
        }
        if rest.first == " " { node.alias = name(rest.dropFirst()).0 }
    }

    /// An identifier as PostgreSQL quotes it, without its quotes, and what stands behind it.
    private static func name(_ text: Substring) -> (String, Substring) {
        guard text.first == "\"" else {
            let end = text.firstIndex { $0 == " " || $0 == "." } ?? text.endIndex
            return (String(text[..<end]), text[end...])
        }
        var name = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == "\"" {
                guard rest.first == "\"" else { break }
                rest.removeFirst()
            }
            name.append(character)
        }
        return (name, rest)
    }
}
