// Opens the browser's file dialogs. drop.js takes what is chosen in them.
import { byId } from "./dom.js";

/** Opens the file dialog to search by a picture. */
export const chooseToSearch = () => byId("pick-search").click();

/** Opens the file dialog to add pictures. */
export const chooseToAdd = () => byId("pick-add").click();
