import Model
import Testing

@testable import Collecting

@Suite("The search_path of a role")
struct SearchPathTests {
    private func setting(_ role: String?, _ database: String?, _ value: String) -> RoleSetting {
        .make {
            $0.role = role
            $0.database = database
            $0.name = "search_path"
            $0.value = value
        }
    }

    private func schemas(_ settings: [RoleSetting], setting: Setting? = nil, role: String = "app") -> [String] {
        SearchPaths(roleSettings: settings, setting: setting)
            .schemas(role: role, database: "shop") { $0 == "app" }
    }

    @Test("role in database goes before role, role before database, database before the server's")
    func precedence() {
        let all = [
            setting("app", "shop", "a"), setting("app", nil, "b"), setting(nil, "shop", "c"), setting(nil, nil, "d"),
        ]
        #expect(schemas(all) == ["a"])
        #expect(schemas(Array(all.dropFirst())) == ["b"])
        #expect(schemas(Array(all.dropFirst(2))) == ["c"])
        #expect(schemas(Array(all.dropFirst(3))) == ["d"])
        #expect(schemas([setting("other", nil, "x"), setting(nil, "elsewhere", "y")]) == ["app", "public"])
    }

    @Test("$user is the role's schema where there is one")
    func user() {
        #expect(schemas([]) == ["app", "public"])
        #expect(schemas([], role: "else") == ["public"])
    }

    @Test("the server's own value counts, but not one that was set for our role")
    func serverValue() {
        let file = Setting.make {
            $0.name = "search_path"
            $0.resetValue = "sales, public"
            $0.source = "session"
        }
        #expect(schemas([], setting: file) == ["sales", "public"])
        let ours = Setting.make {
            $0.name = "search_path"
            $0.resetValue = "monitoring"
            $0.source = "user"
        }
        #expect(schemas([], setting: ours) == ["app", "public"])
    }

    @Test("quoted names keep their case, their commas and their quotes")
    func quoting() {
        #expect(
            SearchPaths.names(in: #"Sales, "My Schema","a,b" , "q""x", PUBLIC"#)
                == ["sales", "My Schema", "a,b", #"q"x"#, "public"])
        #expect(SearchPaths.names(in: #""""#) == [])
        #expect(SearchPaths.names(in: "") == [])
    }
}
