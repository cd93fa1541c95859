"""What every part holds a call to. Nothing of the service is imported here: atheris wants to see that happen."""

#: Of processor time: how long a call may take. Time by the clock says as much of the neighbours.
LONGEST_S = 2.0
