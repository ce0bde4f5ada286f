import Foundation
import Testing

@testable import Reporting

@Suite("Everybody can read the page")
struct StylesheetTests {
    /// https://www.w3.org/TR/WCAG21/#contrast-minimum
    @Test(arguments: ["light", "dark", "print"], ["ink", "faint", "accent", "critical", "warning", "notice", "good"])
    func textStandsOutFromEveryGround(_ mode: String, _ color: String) throws {
        let palette = try #require(Self.palettes[mode])
        let text = try #require(palette[color])
        for ground in ["page", "card", "soft", "critical-soft", "warning-soft", "good-soft"] {
            let behind = try #require(palette[ground])
            #expect(contrast(text, behind) >= 4.5, "\(color) on \(ground)")
        }
    }

    /// https://www.w3.org/TR/WCAG21/#non-text-contrast
    @Test(arguments: ["light", "dark", "print"], 0...5)
    func linesStandOutFromTheirCard(_ mode: String, _ line: Int) throws {
        let card = try #require(Self.palettes[mode]?["card"])
        let color = try #require(Self.lines[mode]?["s\(line)"])
        #expect(contrast(color, card) >= 3, "s\(line)")
    }

    @Test func printOpensEveryDetail() {
        #expect(TemplateFiles.style.contains("details::details-content { content-visibility: visible;"))
    }

    /// The custom properties of each `:root` block, in the order light, dark, print.
    private static let palettes = palettes(of: TemplateFiles.style)
    private static let lines = palettes(of: TemplateFiles.trendStyle)

    private static func palettes(of style: String) -> [String: [String: UInt32]] {
        let blocks = style.split(separator: ":root {", omittingEmptySubsequences: false).dropFirst().map {
            $0.prefix { $0 != "}" }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(["light", "dark", "print"], blocks).map { mode, block in
                var colors: [String: UInt32] = [:]
                for declaration in block.split(separator: ";") {
                    let parts = declaration.split(separator: ":").map {
                        $0.trimmingCharacters(in: .whitespacesAndNewlines)
                    }
                    guard parts.count == 2, parts[0].hasPrefix("--"), parts[1].hasPrefix("#") else { continue }
                    var digits = String(parts[1].dropFirst())
                    if digits.count == 3 { digits = digits.map { "\($0)\($0)" }.joined() }
                    colors[String(parts[0].dropFirst(2))] = UInt32(digits, radix: 16)
                }
                return (mode, colors)
            })
    }

    private func contrast(_ left: UInt32, _ right: UInt32) -> Double {
        let (dark, light) = (min(luminance(left), luminance(right)), max(luminance(left), luminance(right)))
        return (light + 0.05) / (dark + 0.05)
    }

    /// https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
    private func luminance(_ color: UInt32) -> Double {
        func channel(_ shift: UInt32) -> Double {
            let value = Double((color >> shift) & 0xFF) / 255
            return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }
}
