"""Fills the workbook of a return with openpyxl: fill.py IN OUT. Prints the target that it saw first."""

import sys

import openpyxl

book = openpyxl.load_workbook(sys.argv[1])
assert book.sheetnames == ["Guidance", "Return", "Spend", "Indicators", "Service", "Forecast", "Identity"], book.sheetnames
assert book["Spend"].protection.sheet and book["Identity"].sheet_state == "hidden"

texts = {row[0].value.split("\n")[0]: row[1] for row in book["Return"].iter_rows(min_row=10) if row[0].value}
texts["What happened"].value = "We met every week."

for row in book["Spend"].iter_rows(min_row=7):
    if row[0].value == "Staff":
        assert not row[1].protection.locked and row[0].protection.locked
        row[1].value, row[2].value, row[5].value = 1234.56, "yes", "Two part-time workers"

targets = []
for row in book["Indicators"].iter_rows(min_row=5):
    if row[4].value is not None:
        targets.append(row[4].value)
    if row[1].value == "People referred" and row[3].value == "walsall":
        row[7].value, row[8].value = "reported", 0
    if row[1].value == "People referred" and row[3].value == "dudley":
        row[7].value = "not reported"
    if row[1].value == "People who stay" and row[3].value == "All areas together":
        row[7].value, row[8].value, row[9].value = "reported", 7, 10

service = book["Service"]
cells = {row[0].value: row[2] for row in service.iter_rows() if row[0].value}
for name, people in (("brought_forward", 10), ("new", 5), ("closed", 3), ("carried_forward", 12)):
    cells[f"/caseload/{name}"].value = people
mode = cells["/delivery_mode"]
listed = [rule for rule in service.data_validations.dataValidation if rule.type == "list" and mode.coordinate in rule.sqref]
assert "by telephone or online" in listed[0].formula1.strip('"').split(","), listed
mode.value = "by telephone or online"
for row in book["Forecast"].iter_rows(min_row=5):
    if row[0].value == "2020-21-Q3":
        row[1].value = 1250.5
book.save(sys.argv[2])
print(targets[0])
