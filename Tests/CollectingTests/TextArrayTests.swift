import PostgresClient
import Testing

@testable import Collecting

@Suite("Arrays as PostgreSQL prints them")
struct TextArrayTests {
    @Test("elements are unquoted, NULL is told from the text NULL")
    func elementsOfArrays() {
        #expect(TextArray.elements(of: "{}") == [])
        #expect(TextArray.elements(of: "{a,b c}") == ["a", "b c"])
        #expect(
            TextArray.elements(of: #"{"a,b","c\"d","\\",NULL,"NULL",""}"#) == ["a,b", #"c"d"#, #"\"#, nil, "NULL", ""])
        #expect(TextArray.elements(of: "{é,…}") == ["é", "…"])
    }

    @Test("storage options become names and values")
    func options() {
        #expect(storageOptions(ofArray: nil) == [:])
        #expect(
            storageOptions(ofArray: "{fillfactor=70,autovacuum_enabled=false}")
                == ["fillfactor": "70", "autovacuum_enabled": "false"])
        #expect(storageOptions(ofArray: "{x=a=b}") == ["x": "a=b"])
    }

    @Test("vectors and arrays of numbers are read alike")
    func vectors() {
        #expect(numbers(of: "1 0 3") == [1, 0, 3])
        #expect(numbers(of: "{1,2}") == [1, 2])
        #expect(numbers(of: "") == [])
    }
}
