/// Makes plans of what JSON, YAML and XML say, event by event: no tree of values is built, so that depth costs nothing.
struct StructuredPlan {
    private enum Context {
        /// Around plans: the list, or nothing.
        case outside
        /// The object that holds `Plan` and what is about the whole.
        case query
        case node(Int)
        case children(Int)
        case workers(Int)
        case worker(Int)
        case list(Int, key: String)
        case settings, triggers, trigger, jit, jitTiming, serialization
        case skipped
    }

    private var stack: [Context] = [.outside]
    private var draft: PlanDraft?
    private var items: [String] = []
    private(set) var plans: [ExplainedPlan] = []
    /// Messages of jsonlog that hold a plan, with their lines.
    private(set) var messages: [(line: Int, text: String)] = []

    mutating func open(_ key: String, isList: Bool, line: Int) throws(ExplainError) {
        guard stack.count < 4 * ExplainLimits.depth else {
            throw ExplainError(line: line, "it is nested more deeply than any plan")
        }
        stack.append(try inside(key, isList, line))
    }

    private mutating func inside(_ key: String, _ isList: Bool, _ line: Int) throws(ExplainError) -> Context {
        switch stack.last! {
        case .outside:
            if isList { return .outside }
            draft = PlanDraft(line: line)
            return .query
        case .query:
            switch key {
            case "Plan": return .node(try addNode(below: nil, line))
            case "Settings": return .settings
            case "Triggers": return .triggers
            case "JIT": return .jit
            case "Serialization": return .serialization
            default: return .skipped
            }
        case .node(let id):
            switch key {
            case "Plans": return .children(id)
            case "Workers": return .workers(id)
            default:
                guard isList || PlanDraft.expressions.contains(key) else { return .skipped }
                items = []
                return .list(id, key: key)
            }
        case .children(let id): return .node(try addNode(below: id, line))
        case .workers(let id): return .worker(id)
        case .triggers:
            draft?.plan.triggers.append(.init())
            return .trigger
        case .jit: return key == "Timing" ? .jitTiming : .skipped
        default: return .skipped
        }
    }

    private mutating func addNode(below parent: Int?, _ line: Int) throws(ExplainError) -> Int {
        guard draft != nil, parent != nil || draft!.plan.nodes.isEmpty else {
            throw ExplainError(line: line, "a second plan in one object")
        }
        return try draft!.addNode(below: parent, line: line)
    }

    mutating func close() {
        guard stack.count > 1, let context = stack.popLast() else { return }
        switch context {
        case .query:
            if let plan = draft?.plan, !plan.nodes.isEmpty { plans.append(plan) }
            draft = nil
        case .list(let id, let key): draft?.note(key, list: items, of: id)
        case .node(let id): draft?.plan.nodes[id].settleAsText()
        default: break
        }
    }

    mutating func scalar(_ key: String, _ value: String, line: Int) {
        switch stack.last! {
        case .query: noteQuery(key, value, line)
        case .node(let id): draft?.note(key, value, of: id)
        case .worker(let id): draft?.noteWorker(key, value, of: id)
        case .list: items.append(value)
        case .settings: draft?.plan.settings.append(.init(name: key, value: value))
        case .trigger: noteTrigger(key, value)
        case .jit:
            if key == "Functions" { noteJIT { $0.functions = PlanDraft.number(value) ?? 0 } }
        case .jitTiming:
            if key == "Total" { noteJIT { $0.time = PlanDraft.number(value) ?? 0 } }
        case .serialization:
            if key == "Time" { draft?.plan.serializationTime = PlanDraft.number(value) }
        default: break
        }
    }

    private mutating func noteQuery(_ key: String, _ value: String, _ line: Int) {
        switch key {
        case "Query Text": draft?.plan.queryText = value
        case "Query Parameters": draft?.plan.queryParameters = value
        case "Planning Time": draft?.plan.planningTime = PlanDraft.number(value)
        case "Execution Time": draft?.plan.executionTime = PlanDraft.number(value)
        case "message" where value.contains(" plan:\n"): messages.append((line, value))
        default: break
        }
    }

    private mutating func noteJIT(_ change: (inout ExplainedPlan.JIT) -> Void) {
        guard draft != nil else { return }
        var jit = draft!.plan.jit ?? .init()
        change(&jit)
        draft!.plan.jit = jit
    }

    private mutating func noteTrigger(_ key: String, _ value: String) {
        guard let last = draft?.plan.triggers.indices.last else { return }
        switch key {
        case "Trigger Name": draft!.plan.triggers[last].name = value
        case "Constraint Name": draft!.plan.triggers[last].constraint = value
        case "Relation": draft!.plan.triggers[last].relation = value
        case "Time": draft!.plan.triggers[last].time = PlanDraft.number(value) ?? 0
        case "Calls": draft!.plan.triggers[last].calls = PlanDraft.number(value) ?? 0
        default: break
        }
    }
}

extension ExplainedNode {
    /// As the text format has it: an alias only where it differs from the name, no times of what was never executed.
    fileprivate mutating func settleAsText() {
        if alias == target { alias = nil }
        if isNeverExecuted { actual = .init() }
    }
}
