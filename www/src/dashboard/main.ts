document.body.append("Desirepath");
