// Opens the browser's file dialogs. drop.js takes what is chosen in them. There is none for pictures that would be refused.
import { byId } from "./dom.js";
import * as model from "./model.js";

/** Opens the file dialog to search by a picture. */
export const chooseToSearch = () => model.refuses("searched") || byId("pick-search").click();

/** Opens the file dialog to add pictures. */
export const chooseToAdd = () => model.refuses("added") || byId("pick-add").click();
