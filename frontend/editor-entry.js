// What a page with an editor needs of prism-code-editor, as one module.
export { createEditor, languageMap } from "prism-code-editor";
export { languages, Token, tokenize } from "prism-code-editor/prism";
export { addEditorHotkey, defaultKeymap, editHistory, editorCommands } from "prism-code-editor/commands";
export { highlightBracketPairs } from "prism-code-editor/highlight-brackets";
export { matchBrackets } from "prism-code-editor/match-brackets";
export { insertText, setSelection } from "prism-code-editor/utils";
