; The Windows installer: a folder that PyInstaller made on Windows, for this user alone (no administrator needed).
;   makensis -DVERSION=0.1.0 -DTREE=dist\hht -DOUT=hht-0.1.0-setup.exe packaging\windows\hht.nsi
; Removing it takes what it brought and nothing else: jobs, visits and keys lie in the user's own folders and stay.
Unicode true
!include "MUI2.nsh"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\hht"

Name "Handheld terminal"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\hht"
InstallDirRegKey HKCU "Software\hht" "Folder"
RequestExecutionLevel user
SetCompressor /SOLID lzma
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Handheld terminal"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Handheld terminal, installer"
VIAddVersionKey "LegalCopyright" "The HHT authors, Apache-2.0"

!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Section "Program"
    ; What an earlier version brought goes first: files that this one no longer has would stay.
    RMDir /r "$INSTDIR\_internal"
    SetOutPath "$INSTDIR"
    File "${TREE}/hht.exe"
    File /r "${TREE}/_internal"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    CreateDirectory "$SMPROGRAMS\Handheld terminal"
    CreateShortcut "$SMPROGRAMS\Handheld terminal\Handheld terminal.lnk" "$INSTDIR\hht.exe"
    CreateShortcut "$SMPROGRAMS\Handheld terminal\Training premises.lnk" "$INSTDIR\hht.exe" "--training"
    WriteRegStr HKCU "Software\hht" "Folder" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Handheld terminal"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
    RMDir /r "$INSTDIR\_internal"
    Delete "$INSTDIR\hht.exe"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\Handheld terminal\Handheld terminal.lnk"
    Delete "$SMPROGRAMS\Handheld terminal\Training premises.lnk"
    RMDir "$SMPROGRAMS\Handheld terminal"
    DeleteRegKey HKCU "${UNINSTALL}"
    DeleteRegKey HKCU "Software\hht"
SectionEnd
