// Sends what a teacher chose to the platform at once; without scripts the button does.
document.getElementById("sending").requestSubmit();
