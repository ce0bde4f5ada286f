/// All rules, area by area. A new rule is added to the list of its area, beside its file.
package let allRules: [any Rule.Type] =
    workloadRules + indexRules + planRules + shapeRules + lockRules + waitRules + vacuumRules + statisticsRules
    + configurationRules + capacityRules + schemaRules + exposureRules
