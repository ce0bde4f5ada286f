import Foundation

/// Reads the text format. Its lines are placed by their indentation: a node's properties and children stand six columns right
/// of its arrow (`ExplainNode` in src/backend/commands/explain.c).
struct PlanText {
    /// A node whose children may still come.
    private struct Open {
        var id: Int
        /// Where its properties and its children's arrows stand.
        var inner: Int
    }

    private enum Section {
        case node, planning, jit
    }

    private var plans: [ExplainedPlan] = []
    private var draft: PlanDraft?
    private var open: [Open] = []
    private var base = 0
    private var section = Section.node
    /// `SubPlan 1`, whose node comes next, with its column.
    private var label: (text: String, column: Int)?
    private var queryText: String?
    private var queryParameters: String?
    private var hasCosts = false
    /// The last thing read was a condition: its text may go on in the next line.
    private var mayContinue = false

    static func read(_ lines: [PastedLine]) throws(ExplainError) -> [ExplainedPlan] {
        var reader = PlanText()
        for line in lines { try reader.take(line) }
        try reader.finish()
        guard !reader.plans.isEmpty else { throw ExplainError(line: lines.first?.number, ExplainReader.noPlan) }
        return reader.plans
    }

    private mutating func take(_ line: PastedLine) throws(ExplainError) {
        let column = line.text.leadingBlanks
        let content = String(line.text.withoutBlanks)
        guard !content.isEmpty else { return }
        if draft == nil { return try takeBefore(content, column, line.number) }
        let place = column - base
        if content.hasPrefix("->") { return try addNode(content, place, line.number) }
        if place <= 0 { return try takeOutside(content, column, line.number) }
        switch section {
        case .planning: return
        case .jit: return takeJIT(content)
        case .node: break
        }
        if ["InitPlan ", "SubPlan ", "CTE "].contains(where: content.hasPrefix) {
            label = (content, place)
            mayContinue = false
        } else {
            takeProperty(content, place)
        }
    }

    // MARK: Around the plan

    private mutating func takeBefore(_ content: String, _ column: Int, _ number: Int) throws(ExplainError) {
        if let parameters = queryParameters, QueryParameters.isOpen(parameters) {
            // A value of several lines may hold anything.
            queryParameters = parameters + "\n" + content
        } else if content.hasPrefix("Query Text: ") {
            queryText = String(content.dropFirst("Query Text: ".count))
        } else if queryText != nil, content.hasPrefix(Self.parameters) {
            queryParameters = String(content.dropFirst(Self.parameters.count))
        } else if let line = NodeLine(content), line.isMeasured || queryText == nil && line.isKnownKind {
            guard !content.hasPrefix("->") else {
                throw ExplainError(line: number, "the plan begins in its middle: its first line is missing")
            }
            try begin(line, column, number)
        } else if let text = queryText, queryParameters == nil {
            queryText = text + "\n" + content
        }
    }

    private static let parameters = "Query Parameters: "

    private mutating func begin(_ line: NodeLine, _ column: Int, _ number: Int) throws(ExplainError) {
        draft = PlanDraft(line: number)
        draft?.plan.queryText = queryText
        draft?.plan.queryParameters = queryParameters
        queryText = nil
        queryParameters = nil
        base = column
        section = .node
        hasCosts = line.hasCosts
        label = nil
        mayContinue = false
        let id = try draft!.addNode(below: nil, line: number)
        line.fill(&draft!.plan.nodes[id])
        open = [Open(id: id, inner: 2)]
    }

    private mutating func finish() throws(ExplainError) {
        guard let plan = draft?.plan else { return }
        for node in plan.nodes {
            let inputs = node.children.count { plan.nodes[$0].place == .child }
            guard inputs >= Self.leastInputs[node.type] ?? 0 else {
                throw ExplainError(line: plan.line, "the plan is cut off: \(node.kind) lacks an input")
            }
        }
        plans.append(plan)
        draft = nil
    }

    private static let leastInputs = [
        "Nested Loop": 2, "Hash Join": 2, "Merge Join": 2, "Sort": 1, "Incremental Sort": 1, "Hash": 1, "Limit": 1,
        "Gather": 1, "Gather Merge": 1, "Aggregate": 1, "Materialize": 1, "Memoize": 1, "Unique": 1, "WindowAgg": 1,
        "Bitmap Heap Scan": 1,
    ]

    /// A line as far left as the plan's first: about the whole, or the first of another plan.
    private mutating func takeOutside(_ content: String, _ column: Int, _ number: Int) throws(ExplainError) {
        if content == "Planning:" {
            section = .planning
        } else if content == "JIT:" {
            section = .jit
            draft?.plan.jit = .init()
        } else if let time = Self.time(content, after: "Planning Time: ") {
            draft?.plan.planningTime = time
        } else if let time = Self.time(content, after: "Execution Time: ") {
            draft?.plan.executionTime = time
        } else if let time = Self.time(content, after: "Serialization: time=") {
            draft?.plan.serializationTime = time
        } else if content.hasPrefix("Trigger ") {
            takeTrigger(content.dropFirst("Trigger ".count))
        } else if content.hasPrefix("Settings: ") {
            takeSettings(content.dropFirst("Settings: ".count))
        } else if let line = NodeLine(content), line.isMeasured {
            try finish()
            try begin(line, column, number)
        } else if section == .node, !mayContinue, Self.isPropertyOfNode(content) {
            throw ExplainError(line: number, "the indentation is lost: a property stands as far left as the plan")
        } else if mayContinue {
            continueCondition(content)
        }
    }

    /// What never stands as far left as the plan; psql's own lines and others may.
    private static func isPropertyOfNode(_ content: String) -> Bool {
        ["Filter: ", "Index Cond: ", "Hash Cond: ", "Sort Key: ", "Buffers: ", "Rows Removed by Filter: "].contains(
            where: content.hasPrefix)
    }

    private static func time(_ content: String, after key: String) -> Double? {
        guard content.hasPrefix(key) else { return nil }
        return PlanDraft.number(content.dropFirst(key.count).prefix { $0 != " " })
    }

    /// `note_it on audited: time=1.925 calls=500`, `for constraint lines_order_id_fkey: …`
    private mutating func takeTrigger(_ text: Substring) {
        guard let colon = text.lastRange(of: ": time=") else { return }
        var trigger = ExplainedPlan.Trigger()
        var name = text[..<colon.lowerBound]
        if let on = name.lastRange(of: " on ") {
            trigger.relation = String(name[on.upperBound...])
            name = name[..<on.lowerBound]
        }
        if name.hasPrefix("for constraint ") {
            trigger.constraint = String(name.dropFirst("for constraint ".count))
        } else {
            trigger.name = String(name)
        }
        let values = text[colon.upperBound...].split(separator: " calls=")
        trigger.time = values.first.flatMap { PlanDraft.number($0) } ?? 0
        trigger.calls = values.last.flatMap { PlanDraft.number($0) } ?? 0
        draft?.plan.triggers.append(trigger)
    }

    private mutating func takeSettings(_ text: Substring) {
        for part in text.split(separator: "', ") {
            guard let equals = part.firstRange(of: " = '") else { continue }
            var value = part[equals.upperBound...]
            if value.last == "'" { value = value.dropLast() }
            draft?.plan.settings.append(.init(name: String(part[..<equals.lowerBound]), value: String(value)))
        }
    }

    private mutating func takeJIT(_ content: String) {
        if let functions = Self.time(content, after: "Functions: ") { draft?.plan.jit?.functions = functions }
        if content.hasPrefix("Timing: "), let total = content[...].lastRange(of: "Total ") {
            draft?.plan.jit?.time = PlanDraft.number(content[total.upperBound...].prefix { $0 != " " }) ?? 0
        }
    }

    // MARK: Nodes

    private mutating func addNode(_ content: String, _ column: Int, _ number: Int) throws(ExplainError) {
        let wanted = label?.column ?? column
        while let last = open.last, last.inner > wanted { open.removeLast() }
        guard let parent = open.last, parent.inner == wanted, label == nil || column == wanted + 2 else {
            throw ExplainError(
                line: number, "the indentation is lost: it does not tell to which node this one belongs")
        }
        guard let line = NodeLine(content), line.hasCosts == hasCosts else {
            throw ExplainError(line: number, "the node has no costs, unlike the first: the line is cut off or folded")
        }
        let id = try draft!.addNode(below: parent.id, line: number)
        line.fill(&draft!.plan.nodes[id])
        if let label { draft?.note("Subplan Name", label.text, of: id) }
        if let label, label.text.hasPrefix("SubPlan") { draft!.plan.nodes[id].place = .subPlan }
        if let label, label.text.hasPrefix("InitPlan") { draft!.plan.nodes[id].place = .initPlan }
        label = nil
        section = .node
        mayContinue = false
        open.append(Open(id: id, inner: column + 6))
    }

    private mutating func takeProperty(_ content: String, _ column: Int) {
        guard let node = open.last else { return }
        guard let colon = content[...].firstRange(ofBytes: ": "), Self.isKey(content[..<colon.lowerBound]) else {
            if mayContinue { continueCondition(content) }
            return
        }
        let key = String(content[..<colon.lowerBound])
        let before = draft!.plan.nodes[node.id].conditions.count
        if key.hasPrefix("Worker ") {
            // `Worker 0:  Sort Method: …`, or `Worker 0:  actual time=…`
            let rest = content[colon.upperBound...].drop { $0 == " " }
            if rest.hasPrefix("actual "), let number = Int(key.dropFirst("Worker ".count)),
                let actual = NodeLine.actual(rest.dropFirst("actual ".count))
            {
                draft!.plan.nodes[node.id].workers.append(.init(number: number, actual: actual))
            } else if let inner = rest.firstRange(of: ": ") {
                note(String(rest[..<inner.lowerBound]), rest[inner.upperBound...], node.id, isWorker: true)
            }
        } else {
            note(key, content[colon.upperBound...], node.id, isWorker: column > node.inner)
        }
        mayContinue = draft!.plan.nodes[node.id].conditions.count > before
    }

    private static func isKey(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first), bytes.count < 40 else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    private mutating func continueCondition(_ content: String) {
        guard let id = open.last?.id, let last = draft!.plan.nodes[id].conditions.indices.last else { return }
        draft!.plan.nodes[id].conditions[last].text += "\n" + content
    }

    private mutating func note(_ key: String, _ value: Substring, _ id: Int, isWorker: Bool) {
        for (key, value) in PropertyLine.pairs(key, value, type: draft!.plan.nodes[id].type) {
            if isWorker { draft!.noteWorker(key, value, of: id) } else { draft!.note(key, value, of: id) }
        }
    }
}
